/// Why a secret must not be used outside of development; nil where nothing speaks against it.
///
/// Everybody can sign tokens with a secret that stands in a tutorial, and short ones can be tried out offline
/// (RFC 7518 §3.2 asks for 32 bytes; from 16 on we leave it to the operator).
public func weakness(of secret: String) -> String? {
    let bytes = Array(secret.utf8)
    if publishedSecrets.contains(secret.lowercased()) { return "it is known from a document" }
    if bytes.count < 16 { return "it is shorter than 16 bytes" }
    if Set(bytes).count < 5 { return "it repeats very few characters" }
    return nil
}

private let publishedSecrets: Set<String> = [
    "chat4all-secret-key-change-in-production", "secret", "changeme", "change-me", "change_me", "password",
    "your-256-bit-secret", "a-string-secret-at-least-256-bits-long", "your-secret-key", "your_secret_key",
    "your-secret-key-here", "your-jwt-secret", "your_jwt_secret", "your-super-secret-key", "my-secret-key",
    "mysecretkey",
    "secret-key", "secretkey", "supersecret", "super-secret", "supersecretkey", "super-secret-key", "jwt-secret",
    "jwt_secret", "jwtsecret", "dev-secret", "development-secret", "test-secret", "change-this-in-production",
    "change-in-production", "your-secret-key-change-in-production", "your-super-secret-jwt-key",
    "your-super-secret-jwt-token-with-at-least-32-characters-long",
    "09d25e094faa6ca2556c818166b7a9563b93f7099f6f0f4caa6cf63b88e8d3e7",
]
