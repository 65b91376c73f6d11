import PealCore
import Testing

@testable import PealServer

@Suite struct PreferenceSettingsTests {
    private func refusal(_ arguments: String...) -> String {
        do throws(SettingsError) {
            _ = try Settings.load(arguments: arguments)
            return "accepted"
        } catch {
            return error.description
        }
    }

    @Test func theyMakeThePolicyOfTheStore() throws {
        let settings = try Settings.load(arguments: [
            "--preferences-defaults=like.email=off, *.push=off,a.b=c.email=weekly monday 08:00,like.in_app=on",
            "--preferences-mandatory=security, invoice.email",
        ])
        let policy = settings.preferencePolicy
        #expect(policy.effective("like", on: .email, for: nil).setting == .off)
        #expect(policy.effective("other", on: .push, for: nil) == .init(.off, .default))
        #expect(policy.effective("a.b=c", on: .email, for: nil).setting.description == "weekly monday 08:00")
        #expect(policy.isMandatory("security", on: .push) && policy.isMandatory("invoice"))
        #expect(!policy.isMandatory("invoice", on: .push) && policy.isMandatory("invoice", on: .email))
        let text = settings.text(of: Settings.tree.preferences.defaults)
        #expect(text == "*.push=off,a.b=c.email=weekly monday 08:00,like.in_app=on,like.email=off")
        #expect(settings.text(of: Settings.tree.preferences.mandatory) == "security,invoice.email")
    }

    @Test(
        arguments: [
            "like=off", "like.sms=off", "like.email", "like.email=maybe", ".email=off", "like.in_app=hourly",
            "like.email=daily 8:00",
        ])
    func otherDefaultsAreRefused(_ text: String) {
        let refusal = refusal("--preferences-defaults=\(text)")
        #expect(
            refusal.hasPrefix("preferences.defaults: '\(text)'")
                && refusal.contains("in_app") == text.contains("in_app"))
    }

    @Test func notEveryTypeCanBeMandatory() {
        #expect(refusal("--preferences-mandatory=security,*.email").contains("names '*.email'"))
        #expect(refusal("--preferences-mandatory=*").contains("not every type can be mandatory"))
    }
}
