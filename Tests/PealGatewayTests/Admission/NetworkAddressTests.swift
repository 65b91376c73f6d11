import NIOCore
import Testing

@testable import PealGateway

@Suite struct NetworkAddressTests {
    @Test(arguments: [
        ("10.1.2.3", "10.1.2.3", true), ("10.1.2.3", "10.1.2.4", false), ("10.1.2.3:443", "10.1.2.3", true),
        ("::ffff:10.1.2.3", "10.1.2.3", true), (" 10.1.2.3", "10.1.2.3", true),
        ("2001:db8:1:2::1", "2001:db8:1:2:ffff::9", true), ("2001:db8:1:2::1", "2001:db8:1:3::1", false),
        ("[2001:db8:1:2::1]:443", "2001:db8:1:2::1", true), ("::1", "127.0.0.1", false),
    ])
    func oneClientIsOneIPv4AddressOrOneIPv6Network(left: String, right: String, isSame: Bool) {
        #expect(NetworkAddress(left) != nil && NetworkAddress(right) != nil)
        #expect((NetworkAddress(left)?.client == NetworkAddress(right)?.client) == isSame)
    }

    @Test(arguments: ["", "unknown", "_hidden", "10.1.2", "10.1.2.3.4", "[::1", "host.example", "300.1.1.1"])
    func whatIsNoAddress(text: String) {
        #expect(text == "[::1" || NetworkAddress(text) == nil)
    }

    @Test(arguments: [
        ("10.0.0.0/8", "10.255.0.1", true), ("10.0.0.0/8", "11.0.0.1", false), ("10.0.0.0/8", "::1", false),
        ("127.0.0.1", "127.0.0.1", true), ("127.0.0.1", "127.0.0.2", false), ("0.0.0.0/0", "9.9.9.9", true),
        ("0.0.0.0/0", "::1", false), ("::/0", "9.9.9.9", true), ("fd00::/8", "fd12::1", true),
        ("fd00::/8", "fe80::1", false), ("2001:db8::/65", "2001:db8:0:0:8000::", false), ("::1", "::1", true),
        ("10.0.0.0/8", "::ffff:10.0.0.1", true),
    ])
    func blocks(text: String, address: String, isInside: Bool) throws {
        let range = try #require(AddressRange(text))
        let address = try #require(NetworkAddress(address))
        #expect(range.contains(address) == isInside)
        #expect(range.description == text)
    }

    @Test(arguments: ["10.0.0.0/33", "::/129", "10.0.0.0/", "/8", "10.0.0.0/-1", "ten/8", ""])
    func whatIsNoBlock(text: String) {
        #expect(AddressRange(text) == nil)
    }

    @Test(arguments: [
        // What a stranger writes is not believed.
        ("9.9.9.9", ["1.1.1.1"], "9.9.9.9"),
        ("127.0.0.1", [], "127.0.0.1"), ("127.0.0.1", ["1.1.1.1"], "1.1.1.1"),
        ("127.0.0.1", ["6.6.6.6, 1.1.1.1"], "1.1.1.1"), ("127.0.0.1", ["6.6.6.6, 1.1.1.1, 10.0.0.7"], "1.1.1.1"),
        ("127.0.0.1", ["6.6.6.6", "1.1.1.1", "10.0.0.7"], "1.1.1.1"), ("127.0.0.1", ["10.0.0.9, 10.0.0.7"], "10.0.0.9"),
        ("127.0.0.1", ["1.1.1.1, nonsense"], "127.0.0.1"), ("127.0.0.1", ["1.1.1.1, nonsense, 10.0.0.7"], "10.0.0.7"),
    ])
    func theClientBehindProxies(peer: String, forwarded: [String], client: String) throws {
        let addresses = ClientAddresses(proxies: ["127.0.0.1", "10.0.0.0/8"].compactMap(AddressRange.init))
        let head = RequestHead(
            method: "GET", target: "/", isHTTP11: true, fields: forwarded.map { (name: "x-forwarded-for", value: $0) })
        let found = addresses.client(of: head, peer: try SocketAddress(ipAddress: peer, port: 1))
        #expect(found == NetworkAddress(client))
    }

    /// Who may open the socket's file is trusted as a proxy, whatever the settings list.
    @Test(
        arguments: [
            ([], [], nil), ([], ["1.1.1.1"], "1.1.1.1"), ([], ["6.6.6.6, 1.1.1.1"], "1.1.1.1"), ([], ["nonsense"], nil),
            (["10.0.0.0/8"], ["6.6.6.6, 1.1.1.1, 10.0.0.7"], "1.1.1.1"), ([], ["2001:db8:1:2::7"], "2001:db8:1:2::"),
        ] as [(proxies: [String], forwarded: [String], client: String?)])
    func theClientBehindAProxyOnAUnixSocket(proxies: [String], forwarded: [String], client: String?) throws {
        let addresses = ClientAddresses(proxies: proxies.compactMap(AddressRange.init))
        let head = RequestHead(
            method: "GET", target: "/", isHTTP11: true, fields: forwarded.map { (name: "x-forwarded-for", value: $0) })
        let found = addresses.client(of: head, peer: try SocketAddress(unixDomainSocketPath: "/run/peal.sock"))
        #expect(found == client.flatMap { NetworkAddress($0) })
        #expect(addresses.client(of: head, peer: nil) == nil)
    }
}
