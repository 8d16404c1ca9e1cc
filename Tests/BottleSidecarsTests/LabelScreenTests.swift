// SPDX-FileCopyrightText: 2026 The bottle-conformance authors
// SPDX-License-Identifier: Apache-2.0

import BottleCore
import Testing

@testable import BottleSidecars

@Suite(.timeLimit(.minutes(2))) struct LabelScreenTests {
    private static let screen = LabelScreen(patterns: .standard, entropy: 4)

    private static func problem(_ name: String) -> String? {
        screen.problem(with: name.split(separator: "."))?.reason
    }

    @Test(arguments: [
        "docs", "eu-west-1.s3", "0123456789abcdef0123456789abcdef", "my-long-service-name-for-tests", "a.b.c.d.e",
        "d41d8cd98f00b204e9800998ecf8427e", "xn--bcher-kva",
    ])
    func namesAreNames(name: String) { #expect(Self.problem(name) == nil) }

    @Test(arguments: [
        "akiaiosfodnn7example", "akiaiosfod.nn7example", "x.414b4941494f53464f444e4e374558414d504c45",
        "ghp-x.ghp_aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa",
    ])
    func secretsAreNone(name: String) {
        #expect(Self.problem(name)?.hasPrefix("host name contains secret: ") == true)
    }

    @Test func neitherIsWhatIsTooRandom() {
        #expect(Self.problem("abcdefghijklmnopqrstuvwxyz234567") == "host name has a label of high entropy")
        #expect(Self.problem("short.abcdefghijklmnopqrstuvwxyz234567.x") != nil)
        #expect(Self.problem("") == nil)
    }

    @Test func entropyIsShannons() {
        #expect(LabelScreen.entropy(of: "aaaa".utf8) == 0)
        #expect(LabelScreen.entropy(of: "abababab".utf8) == 1)
        #expect(LabelScreen.entropy(of: "abcdefgh".utf8) == 3)
        #expect(LabelScreen.entropy(of: "".utf8) == 0)
    }

    @Test func onlyLabelsThatNobodyAllowedAreLookedAt() {
        var list = Allowlist()
        for entry in ["*.wild.test", "*.deep.wild.test", "akiaiosfodnn7example.wild.test"] {
            let isInserted = list.insert(entry)
            #expect(isInserted)
        }
        #expect(list.madeUpLabels(of: "a.b.wild.test") == ["a", "b"])
        #expect(list.madeUpLabels(of: "a.deep.wild.test") == ["a"])
        #expect(list.madeUpLabels(of: "akiaiosfodnn7example.wild.test").isEmpty)
        #expect(list.madeUpLabels(of: "wild.test").isEmpty)
        #expect(list.madeUpLabels(of: "other.test").isEmpty)
    }

    /// Before anybody is asked, and without a word about it in the log.
    @Test(arguments: [Set<Fault>(), [.noentropy]]) func nothingIsLookedUp(faults: Set<Fault>) async throws {
        try await TestWorld.run {
            $0.faults = faults
        } _: { world async throws in
            let host = "akiaiosfodnn7example.wild.test"
            let answers = [try await world.get(host), try await world.connect(host)]
            #expect(world.nameServer.questions.contains(host) == !faults.isEmpty)
            guard faults.isEmpty else { return }
            #expect(answers.map(\.status) == [403, 403])
            #expect(answers.allSatisfy { $0.body.hasSuffix("blocked: host name contains secret: AWS Access Key\n") })
            #expect(
                world.log.records.filter { $0["event"] == "blocked" }.map { $0["target"] } == [
                    "[a secret]", "[a secret]",
                ])
            #expect(try await world.get("sub.wild.test").status == 200)
        }
    }

    @Test(arguments: [("4.0", 4.0), ("5", 5.0), ("0", 4.0), ("-1", 4.0)]) func theFileSaysHowMuch(
        text: String, bits: Double
    )
        throws
    {
        let document = #"{"fetch_proxy":{"monitoring":{"subdomain_entropy_threshold":\#(text)}}}"#
        #expect(try PipelockConfig(document: Array(document.utf8), file: "f").labelEntropy == bits)
    }
}
