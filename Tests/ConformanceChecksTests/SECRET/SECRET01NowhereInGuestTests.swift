// SPDX-FileCopyrightText: 2026 The bottle-conformance authors
// SPDX-License-Identifier: Apache-2.0

import BottleCore
import BottleDriver
import ConformanceEngine
import Testing

@testable import ConformanceChecks

struct SECRET01NowhereInGuestTests {
    private let check = SECRET01NowhereInGuest()
    private static let rooted = SimulatedWorld(capabilities: ["bundle-exec", "guest-root", "logs"])

    /// The judgement when the search of a user answers something else.
    private func judge(
        _ user: String = "agent", in world: SimulatedWorld = rooted, _ change: (inout String) -> Void
    ) throws -> Judgement {
        var evidence = world.evidence(for: check)
        let stdout = try #require(evidence[.bottle]?.execs["scan-\(user)"]?.result?.stdout)
        var text = String(decoding: stdout, as: UTF8.self)
        let before = text
        change(&text)
        #expect(text != before)
        evidence.sessions[.bottle]?.execs["scan-\(user)"]?.result?.stdout = Array(text.utf8)
        return check.judge(evidence)
    }

    /// Adds facts to an answer, and says so in its counts.
    private static func add(_ kind: String, _ values: [String], to text: inout String) {
        let name = "\"\(kind)s\":\""
        let count = text.split(separator: name).last.flatMap { Int($0.prefix { $0.isNumber }) } ?? 0
        let facts = values.enumerated().map { "\"\(kind).\(count + $0)\":\"\($1)\"," }.joined()
        text = text.replacing("\(name)\(count)\"", with: "\(facts)\(name)\(count + values.count)\"")
    }

    @Test(arguments: [
        ("file /etc/a b", "the file \"/etc/a b\""), ("name /tmp/", "a name in"), ("link /l", "link"),
        ("variable NAME", "the variable \"NAME\" of an exec"), ("environment 12 NAME", "of process \"12\""),
        ("arguments 12", "command line"), ("kernel /proc/cmdline", "kernel"), ("device /dev/vdb", "device"),
        ("mounts 3", "mounts"),
    ])
    func everyPlaceIsALeak(place: String, words: String) throws {
        for user in ["agent", "root"] {
            let judgement = try judge(user) { Self.add("place", ["decoy.hex,token.base64-2 \(place)"], to: &$0) }
            #expect(judgement.verdict == .violated)
            #expect(judgement.summary.contains(words), "\(judgement.summary)")
            #expect(judgement.summary.contains("(base64-2)") && !judgement.summary.contains("hex"))
        }
    }

    @Test func aDecoyElsewhereIsNone() throws {
        let judgement = try judge { Self.add("place", ["decoy.plain file /var/x"], to: &$0) }
        #expect(judgement.verdict == .pass)
    }

    @Test(arguments: 0..<5, ["agent", "root"]) func everyDecoyAndEveryFormMatters(place: Int, user: String) throws {
        let value = try Regex(
            "\"place\\.\(place)\":\"(decoy[^ ]+)( [^\"]*)\"", as: (Substring, Substring, Substring).self)
        let fewer = try judge(user) {
            $0 = $0.replacing(value) { "\"place.\(place)\":\"decoy.plain\($0.output.2)\"" }
        }
        #expect(fewer.verdict == .inconclusive && fewer.summary.contains("decoy.hex-2"), "\(fewer.summary)")
        let elsewhere = try judge(user) {
            $0 = $0.replacing(value) { "\"place.\(place)\":\"\($0.output.1) file /elsewhere\"" }
        }
        #expect(elsewhere.verdict == .inconclusive)
    }

    @Test(arguments: ["plant-agent", "plant-root"]) func decoysThatWereNotPlantedProveNothing(key: String) {
        var evidence = Self.rooted.evidence(for: check)
        evidence.sessions[.bottle]?.execs[key]?.result?.ending = .exited(1)
        #expect(check.judge(evidence).verdict == .inconclusive)
    }

    @Test(arguments: [
        ("\"complete\":\"1\"", "\"complete\":\"0\""), ("\"behind\":\"0\"", "\"behind\":\"1\""),
        ("\"places\":\"5\"", "\"places\":\"6\""), ("\"unreads\":\"0\"", "\"unreads\":\"1\""),
        ("\"complete\":\"1\",", ""), ("\"killed\":false", "\"killed\":true"),
        ("\"errno\":null", "\"errno\":\"EACCES\""),
    ])
    func whatIsNotWholeProvesNothing(from: String, to: String) throws {
        for user in ["agent", "root"] {
            let judgement = try judge(user) {
                $0 = $0.replacing(from, with: to)
                // Where it stands last.
                if to.isEmpty { $0 = $0.replacing(",\"complete\":\"1\"", with: "") }
            }
            #expect(judgement.verdict == .inconclusive, "\(user) \(to)")
        }
    }

    @Test func whatOneUserCannotReadTheOtherHasTo() throws {
        let closed = "EACCES /root"
        #expect(try judge { Self.add("unread", [closed], to: &$0) }.verdict == .pass)
        var evidence = Self.rooted.evidence(for: check)
        for (user, path) in [("agent", closed), ("root", "EACCES /root/.x/deep")] {
            var text = String(
                decoding: evidence[.bottle]?.execs["scan-\(user)"]?.result?.stdout ?? [], as: UTF8.self)
            Self.add("unread", [path], to: &text)
            evidence.sessions[.bottle]?.execs["scan-\(user)"]?.result?.stdout = Array(text.utf8)
        }
        let judgement = check.judge(evidence)
        #expect(judgement.verdict == .inconclusive)
        #expect(judgement.summary.contains("/root/.x/deep"), "\(judgement.summary)")
    }

    @Test func withoutARootNobodyElseCanReadIt() throws {
        let judgement = try judge(in: SimulatedWorld()) { Self.add("unread", ["EACCES /srv/new"], to: &$0) }
        #expect(judgement.verdict == .inconclusive)
        #expect(judgement.summary.contains("/srv/new"))
    }

    @Test func aDeviceThatOpensAndWasNotSearchedIsAGap() throws {
        #expect(try judge { Self.add("unread", ["EEXIST /dev/vdb"], to: &$0) }.verdict == .inconclusive)
    }

    @Test func aTokenThatNobodyUsedProvesNothing() {
        for fault in [Fault.noinject, .egressoff] {
            #expect(SimulatedWorld(faults: [fault]).judge(check).verdict == .inconclusive)
        }
    }

    @Test func theTokenItselfIsToldToNobody() throws {
        let own = try #require(Self.rooted.evidence(for: check)[.bottle])
        let token = Needles(SimulatedBottle.token)
        for exec in own.execs.values {
            let request = exec.step.request
            let said = (request.argv + request.environment.values).joined(separator: " ")
            #expect(token.encoding(in: Array(said.utf8) + request.stdin) == nil)
        }
        #expect(own.execs.values.filter { $0.step.phase == .after }.count == 2)
    }
}
