import Foundation
import PealCore
import Testing

@testable import PealPipeline

/// Anything may come in over the network: it is accepted or refused, never fatal.
@Suite struct RequestFuzzTests {
    static let seed =
        ProcessInfo.processInfo.environment["PEAL_SEED"].flatMap { UInt64($0) } ?? UInt64.random(in: .min ... .max)

    static let samples = [
        #"{"user_ids":["maria",7],"type":"like","actor_id":9,"actor_name":"João","target_type":"post","target_id":42}"#,
        #"{"user_id":"u","type":"x","metadata":{"a":[1,2.5e3,true,null,{"b":"\u00e9\ud83d\ude00"}]},"url":"/p?q#f"}"#,
        #"{"user_id":"u","type":"x","group":{"key":"k","window":60,"max_age":120,"max_events":3},"priority":"high"}"#,
        #"{"user_id":"u","type":"x","expires_at":"2026-01-15T10:30:00.123+03:00","excerpt":"a\nb","message":"m"}"#,
    ]

    @Test func mutatedRequestsAreAcceptedOrRefused() {
        print("\(#function): PEAL_SEED=\(Self.seed)")
        var random = SplitMix(state: Self.seed)
        var accepted = 0
        for _ in 0..<20_000 {
            var bytes = Array(Self.samples[Int(random.next() % UInt64(Self.samples.count))].utf8)
            for _ in 0..<random.next() % 6 { random.mutate(&bytes) }
            guard let json = try? JSON.parse(bytes) else { continue }
            #expect((try? JSON.parse(Array(json.text.utf8))) == json, "seed \(Self.seed)")
            _ = json.fingerprint()
            guard let request = try? EventRequest(json) else { continue }
            accepted += 1
            #expect((1...EventRequest.Limit.users).contains(request.users.count), "seed \(Self.seed)")
            #expect(!request.type.isEmpty && request.type.utf8.count <= EventRequest.Limit.type, "seed \(Self.seed)")
            _ = request.event(PipelineSettings(), at: Timestamp(seconds: 0))
        }
        #expect(accepted > 100, "seed \(Self.seed)")
    }
}

private struct SplitMix {
    var state: UInt64

    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var value = state
        value = (value ^ value >> 30) &* 0xBF58_476D_1CE4_E5B9
        value = (value ^ value >> 27) &* 0x94D0_49BB_1331_11EB
        return value ^ value >> 31
    }

    mutating func mutate(_ bytes: inout [UInt8]) {
        guard !bytes.isEmpty else { return }
        let index = Int(next() % UInt64(bytes.count))
        switch next() % 6 {
        case 0: bytes[index] = UInt8(truncatingIfNeeded: next())
        case 1: bytes.remove(at: index)
        case 2: bytes.insert(UInt8(truncatingIfNeeded: next()), at: index)
        case 3: bytes[index] ^= 1 << UInt8(next() % 8)
        case 4: bytes.removeSubrange(index...)
        default:
            let other = Int(next() % UInt64(bytes.count))
            bytes.insert(contentsOf: bytes[min(index, other)..<max(index, other)], at: index)
        }
    }
}
