import Crypto
import CryptoExtras

/// Public keys in PEM (RFC 7468 §13), as `openssl pkey -pubout` writes them.
enum PEMKeys {
    static func parse(_ text: String, algorithm: SignatureAlgorithm?) throws(KeyError) -> [VerificationKey] {
        var keys: [VerificationKey] = []
        for block in try blocks(of: text) {
            switch block.label {
            case "PUBLIC KEY", "RSA PUBLIC KEY":
                keys.append(try VerificationKey(material(of: block.bytes), algorithm: algorithm))
            case "CERTIFICATE":
                throw KeyError("holds a certificate; take its key out with `openssl x509 -pubkey -noout`")
            case let label where label.hasSuffix("PRIVATE KEY"):
                throw KeyError("holds a private key; give the public one (`openssl pkey -pubout`)")
            case let label: throw KeyError("holds a \(label), which is no public key")
            }
        }
        guard !keys.isEmpty else { throw KeyError("holds no key, neither in PEM nor as a JWKS") }
        return keys
    }

    /// SubjectPublicKeyInfo of Ed25519 up to the key itself (RFC 8410 §4).
    private static let ed25519: [UInt8] = [0x30, 0x2A, 0x30, 0x05, 0x06, 0x03, 0x2B, 0x65, 0x70, 0x03, 0x21, 0x00]

    private static func material(of bytes: [UInt8]) throws(KeyError) -> VerificationKey.Material {
        if bytes.starts(with: ed25519),
            let key = try? Curve25519.Signing.PublicKey(rawRepresentation: bytes.dropFirst(ed25519.count))
        {
            return .ed25519(key)
        }
        if let key = try? P256.Signing.PublicKey(derRepresentation: bytes) { return .p256(key) }
        if let key = try? P384.Signing.PublicKey(derRepresentation: bytes) { return .p384(key) }
        if let key = try? _RSA.Signing.PublicKey(derRepresentation: bytes) { return .rsa(key) }
        throw KeyError("holds a public key that is not RSA of 2048 bits or more, P-256, P-384 or Ed25519")
    }

    private static func blocks(of text: String) throws(KeyError) -> [(label: String, bytes: [UInt8])] {
        var blocks: [(label: String, bytes: [UInt8])] = []
        var current: (label: String, text: [UInt8])?
        for line in text.split(whereSeparator: \.isNewline) {
            if let label = label(of: line, after: "-----BEGIN ") {
                current = (label, [])
            } else if let label = label(of: line, after: "-----END ") {
                guard let block = current, block.label == label, let bytes = Base64URL.decode(block.text) else {
                    throw KeyError("is broken PEM")
                }
                blocks.append((label, bytes))
                current = nil
            } else if let block = current {
                current = (block.label, block.text + line.utf8.compactMap(urlSafe))
            }
        }
        guard current == nil else { throw KeyError("is PEM without an end") }
        return blocks
    }

    private static func label(of line: Substring, after prefix: String) -> String? {
        let suffix = "-----"
        guard line.hasPrefix(prefix), line.hasSuffix(suffix) else { return nil }
        return String(line.dropFirst(prefix.count).dropLast(suffix.count))
    }

    /// The same digit of base64url; nil for padding and blanks.
    private static func urlSafe(_ byte: UInt8) -> UInt8? {
        switch byte {
        case UInt8(ascii: "+"): UInt8(ascii: "-")
        case UInt8(ascii: "/"): UInt8(ascii: "_")
        case UInt8(ascii: "="), UInt8(ascii: " "), UInt8(ascii: "\t"): nil
        default: byte
        }
    }
}
