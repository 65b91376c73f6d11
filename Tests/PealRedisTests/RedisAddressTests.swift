import PealRedis
import Testing

@Suite struct RedisAddressTests {
    @Test func parts() throws {
        let address = try #require(RedisAddress("rediss://app:s%3Acr%40t@redis.example:7000/3"))
        #expect(address.host == "redis.example" && address.port == 7000 && address.database == 3)
        #expect(address.user == "app" && address.password == "s:cr@t" && address.isEncrypted)
        #expect(address.place == "redis.example:7000")
        #expect(RedisAddress(address.text) == address)
    }

    @Test func defaults() throws {
        let address = try #require(RedisAddress("redis://localhost"))
        #expect(address == RedisAddress(host: "localhost"))
        #expect(address.port == 6379 && address.password == nil && !address.isEncrypted)
        #expect(RedisAddress("redis://localhost/") == address)
        #expect(RedisAddress("redis://:pw@localhost")?.password == "pw")
        #expect(RedisAddress("redis://[::1]:6380")?.host == "::1")
        #expect(RedisAddress("redis://[::1]:6380")?.place == "[::1]:6380")
    }

    @Test(arguments: [
        "", "redis", "http://a", "redis://", "redis://:6379", "redis://a:0", "redis://a:70000", "redis://a:x",
        "redis://a/x",
        "redis://user@a", "redis://:@a", "redis://u:%4@a", "redis://[::1", "redis://[::1]x", "redis://a b",
        "redis://a/-1",
        "redis://a?x=1", "redis://a,b",
    ]) func nonsense(text: String) { #expect(RedisAddress(text) == nil) }
}
