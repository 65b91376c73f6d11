@testable import PealAuth

// Made by OpenSSL, so that what verifies them is not what signed them.

/// Keys as `openssl pkey -pubout` writes them.
enum KeyFixtures {
    static let rsa = """
        -----BEGIN PUBLIC KEY-----
        MIIBIjANBgkqhkiG9w0BAQEFAAOCAQ8AMIIBCgKCAQEAv0END+c/3ruUq4NSb6BS
        HukzeXOgXOU5vKFbxs0IQt5bbAbB7ew6g9dbKyn25c4BK8LhBm8KOEiy4pF+8P03
        T/8s4ZCeOKfN9Pv3eSNb8nYpIVf+Y6dL0aH9IgMgADBHs5wQbIvmq9EzE+kcanZT
        W3PZptfXR7sJEkTUEulmJDNgmOG8XJ9nhvzlLvuMgoLmkKSfONaNzuB/BxXGKV3A
        StzVWeHcNzrK680f1Sps2QppQZdHuq8O8oaqjRbsXLNVfLvThrgz/LUK6zDluA75
        a81x5K/6oqy7FWcoe7Ktts5cJREGs0od6ic+oFt+s+GkFa6dAfqs5ALplH1QMbGY
        dQIDAQAB
        -----END PUBLIC KEY-----
        """

    static let rsaPKCS1 = """
        -----BEGIN RSA PUBLIC KEY-----
        MIIBCgKCAQEAv0END+c/3ruUq4NSb6BSHukzeXOgXOU5vKFbxs0IQt5bbAbB7ew6
        g9dbKyn25c4BK8LhBm8KOEiy4pF+8P03T/8s4ZCeOKfN9Pv3eSNb8nYpIVf+Y6dL
        0aH9IgMgADBHs5wQbIvmq9EzE+kcanZTW3PZptfXR7sJEkTUEulmJDNgmOG8XJ9n
        hvzlLvuMgoLmkKSfONaNzuB/BxXGKV3AStzVWeHcNzrK680f1Sps2QppQZdHuq8O
        8oaqjRbsXLNVfLvThrgz/LUK6zDluA75a81x5K/6oqy7FWcoe7Ktts5cJREGs0od
        6ic+oFt+s+GkFa6dAfqs5ALplH1QMbGYdQIDAQAB
        -----END RSA PUBLIC KEY-----
        """

    static let p256 = """
        -----BEGIN PUBLIC KEY-----
        MFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAEFr4CHzPGTbxle/cK2aoaC90wTFWm
        U7bPCesKZN2cSgLAGVYV6D0kwpqJzld9Q6gI2w1JDcApai0o9tjGx9UnSg==
        -----END PUBLIC KEY-----
        """

    static let p384 = """
        -----BEGIN PUBLIC KEY-----
        MHYwEAYHKoZIzj0CAQYFK4EEACIDYgAEsf+lH7DPRN2tCvhYgcEXSSPoE4Q0CN9s
        /6pLR1Y3Auv1KOqWD7t4K016N+DAm9F8kcavOBCP45N4PkbBAORreeT3TIqWUylZ
        XhXGpd0SXwlWAYmPCNIbcgw4BBAl4/RI
        -----END PUBLIC KEY-----
        """

    static let ed25519 = """
        -----BEGIN PUBLIC KEY-----
        MCowBQYDK2VwAyEACZg0rKoSndq/5H2dAFwuBO5jEC3YazHi83vjET88lzk=
        -----END PUBLIC KEY-----
        """

    /// RSA of 1024 bits.
    static let short = """
        -----BEGIN PUBLIC KEY-----
        MIGfMA0GCSqGSIb3DQEBAQUAA4GNADCBiQKBgQC+XoaEni0fbabQNsG4G6G1wHtO
        G/rwAkm5wO1QGzQ/RpIDvRIuZbXsWV8nJXifgZk+b28Ze8kNCg/q6nlwVtQl6LDz
        EmGeD8cX6ez0VIc2z99f0U8LEoQgRkYeVYzKfBrVfQQp4dMLlCrPufgixrzAvUo9
        dcwnz0wGYAVXbBq8hQIDAQAB
        -----END PUBLIC KEY-----
        """

    static let p521 = """
        -----BEGIN PUBLIC KEY-----
        MIGbMBAGByqGSM49AgEGBSuBBAAjA4GGAAQBhFq0cT1OlhRpa4MTWanPzf3OX+O5
        /+DBPc/Sw+ISGk+8bEAwl7ojsNh1TSSIfuHXxg5fiWOdBxL3biCRa5G8itUAS/9B
        6HlhDieL2OM46nzvadXKPR09qqd+EYSxoLOlYZTMpsZISlqJwVIMal4kR67UQ4kv
        SUqtsWzVFCEvnnHnif8=
        -----END PUBLIC KEY-----
        """

    static let secret = "0123456789abcdefghijklmnopqrstuvwxyz"

    /// `{"sub":"maria","exp":1700000060}` signed with each of them.
    static let tokens: [(algorithm: SignatureAlgorithm, token: String)] = [
        (
            .rs256,
            "eyJhbGciOiAiUlMyNTYifQ.eyJzdWIiOiJtYXJpYSIsImV4cCI6MTcwMDAwMDA2MH0.HPKfriM5eObd7cWT8dNQvie5EeSWeXsUqMfMpXA5dBR0tV-9_SBaEnCWQfDhLB4hQ9eaZAxIp8DoebcAaXyCYhIt_75PcYOKUtxRNbKo3V5jbh_mqQmF90NZXRPdGlcPVp6ltNSwMISqMsUPwTVP09TmonaupY7tjbuPKjEtM1Sqw9MgvzBUY5w4Gv-Xy-3VuteR0M9zPOx_o_tNphgP603VbsBVD-jVEukGcZC_edCaCaj1IFyKXd6j7zdczoUKOoeyGyWzye9LG-fQV-XOAQm98_QBA1rSzjLyuOj11WMW09eqJlF4Ue57bNZz3kJjTFLK_9RMDnS0dSXw1Lq40g"
        ),
        (
            .hs256,
            "eyJhbGciOiAiSFMyNTYifQ.eyJzdWIiOiJtYXJpYSIsImV4cCI6MTcwMDAwMDA2MH0.6J3D4ckvMwiQVR5jE_yW7_TYzgAqzEFdga_DEU1D7Js"
        ),
        (
            .rs384,
            "eyJhbGciOiAiUlMzODQifQ.eyJzdWIiOiJtYXJpYSIsImV4cCI6MTcwMDAwMDA2MH0.I3dihU3pN5mP-FWT1Hl0hPwTnERhqWL8tm92aqOTF6NpJu_D3d3rXtHbL0MgB3V_H7HmiFAMBrbL5KPBcSSc27HbCNmBhnbQA3kAnMOtrAq8FRlQPm7WiVnoHZKPgQE7pu64XHrjVECMMcHBWNEucBtQKNLhI9z6nFYWAimYlZBhjRscYWFASKdocLhVBidvAggx6Nll6trQ3rP8oot7YfSCLcVE6eoFjnaoBM6vOiFKn-Qi7srxsBpzd8YOkxaRNIt4r2vZtSkR3HpyH8nQY-4r55EBsNsss9M9z3zGnhSID4pIUbG6VdSC0cgr95DIqmoAORytaj4Cc8zADmfSFg"
        ),
        (
            .hs384,
            "eyJhbGciOiAiSFMzODQifQ.eyJzdWIiOiJtYXJpYSIsImV4cCI6MTcwMDAwMDA2MH0.fz21JP7WRLKpmvWqPDutfeaCvm0AGXn8SuRb1Dp5gkypN-QofW3U6hVPWdKhSAUJ"
        ),
        (
            .rs512,
            "eyJhbGciOiAiUlM1MTIifQ.eyJzdWIiOiJtYXJpYSIsImV4cCI6MTcwMDAwMDA2MH0.XphIlUrtKV8F0dhhb62vIeWysIjUuvQgib2ytBlbAVr31WZDICQ0fqe6HgU0QFqc6Prf0RwayL-xk08ySwdx_wNLHUxVlyRInTHwEXnyfn-C_zqxa4Q9iPb4fQg2qGXCGMI3sumpGnCgFcFYLRKVTf2FFhs79wkfoX1lT38C8aDlhiGtuW6VQvMaj1q3SiXfYqKyTzP4urQYERRMJa8B0KZG7Igfxmfe8y7PaX89Lq5ReFXnEUMA0NK14JbLGteDs-EiQXKu6NjQb8D14BhQUKtVHUFRecXHrceQcczrn_eEyf66rQhTUGZ8yDxhCP-ivtjEOucvteoage-FtGJXvw"
        ),
        (
            .hs512,
            "eyJhbGciOiAiSFM1MTIifQ.eyJzdWIiOiJtYXJpYSIsImV4cCI6MTcwMDAwMDA2MH0.eNy0FA_jPOom4vUNKYcc10likr9huGS4Q0aBZmn-A6IjR7n7rT68lijFbRl1X07DUV19vv1vXFI3Lr-0mKPAJQ"
        ),
        (
            .ps256,
            "eyJhbGciOiAiUFMyNTYifQ.eyJzdWIiOiJtYXJpYSIsImV4cCI6MTcwMDAwMDA2MH0.MrCpQIOg6MQ1drLU04yoSCyedD_SDqfmiDrwdZY2WFyXFRa8q9qMALDsrGcLcmjzGKnfU6FkrNCC0hVwIX8ZGJBos0jZ9EEJW68CTE0-GLhh6AVr0-fRt7Iy76So5UIVk9QJ_xb2xaZt-womi2zHN3Ultwloij5w4qcxRzEJUiBug544Ms4Ie3xrY6Br2P6K1QSb6UcOx6nMSPDQRA4A3_0o8rnulfa0BElaWrmT7W1Z3_DRHWQqxCynTh6ZBaVw6G7znBnfgzAIQZehiSzs9CWRuXhbHQ1bSKvv3KX5Qvd-T4vuuIe6-ruyOcWXPt8n_1CEkxL-3twLX70aELfudA"
        ),
        (
            .es256,
            "eyJhbGciOiAiRVMyNTYifQ.eyJzdWIiOiJtYXJpYSIsImV4cCI6MTcwMDAwMDA2MH0.y1aVz1MufjCmwr8HClLl4HUw3zanZDOCilBobapmSc4y06wGIUrrEdDP2vNcgw8ELepzM510M1bPEg6CRMmDnw"
        ),
        (
            .es384,
            "eyJhbGciOiAiRVMzODQifQ.eyJzdWIiOiJtYXJpYSIsImV4cCI6MTcwMDAwMDA2MH0.-lY6WCAAV62rYaoMQ4k4pr25pwhZlpqSm8lbpuaq7diMpU0EtC5Pxgl5E3LfKNZsnKoQM3MAK6UMWrzEo04xnFZ1JK0BkJ7NjAn7it6tOCsLKZ9cLrdgcRpSiWuC0f8d"
        ),
        (
            .edDSA,
            "eyJhbGciOiAiRWREU0EifQ.eyJzdWIiOiJtYXJpYSIsImV4cCI6MTcwMDAwMDA2MH0.OC8G5z9Dwww7G2aB8mQfSpi4n9NhdxXK_mqynl9Ue5_NxN4NXFAFCXo6N9s7cpovlAJ8_fdTF1w4Ck4FktUuBQ"
        ),
    ]
}
