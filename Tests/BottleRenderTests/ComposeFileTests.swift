// SPDX-FileCopyrightText: 2026 The bottle-conformance authors
// SPDX-License-Identifier: Apache-2.0

import BottleCore
import BottleRender
import Testing

@Suite struct ComposeFileTests {
    /// What compose makes of a value: `$$` is a dollar, and every other dollar would be filled in.
    private static func interpolated(_ parsed: Parsed?) throws -> Parsed? {
        switch parsed {
        case .text(let text):
            var result = ""
            var rest = text.unicodeScalars[...]
            while let scalar = rest.popFirst() {
                if scalar == "$", rest.popFirst() != "$" {
                    throw Parsed.Unreadable(description: "compose would fill in: \(text)")
                }
                result.unicodeScalars.append(scalar)
            }
            return .text(result)
        case .list(let list): return .list(try list.compactMap { try interpolated($0) })
        case .map(let map): return .map(try map.compactMapValues { try interpolated($0) })
        default: return parsed
        }
    }

    @Test func hostileValuesStayValues() throws {
        let plain = try Parsed.yaml(try ComposeFile.render(Samples.compose))
        Property.check { generator in
            var input = Samples.compose
            input.guest.environment = HostileText.environment(&generator)
            input.guest.command = generator.list(3, HostileText.withoutNUL)
            input.guest.mounts = [.init(source: HostileText.path(&generator), target: HostileText.path(&generator))]
            if input.guest.mounts[0].source.hasSuffix(".sock") { input.guest.mounts = [] }
            let bytes = try ComposeFile.render(input)
            let parsed = try Parsed.yaml(bytes)
            guard let guest = try Self.interpolated(parsed["services"]?["guest"])
            else { return "no guest" }
            let isSame =
                guest["environment"] == .map(input.guest.environment.mapValues(Parsed.text))
                && guest["command"] == .texts(input.guest.command)
                && guest["volumes"]?.elements.map { $0["source"] } == input.guest.mounts.map { .text($0.source) }
                && guest["volumes"]?.elements.map { $0["target"] } == input.guest.mounts.map { .text($0.target) }
            let isShape =
                Set(parsed.entries.keys) == ["name", "services", "networks"]
                && Set(parsed["services"]?.entries.keys.map { $0 } ?? []) == ["guest", "bundle"]
                && guest.entries.keys == plain["services"]?["guest"]?.entries.keys
                && parsed["services"]?["bundle"] == plain["services"]?["bundle"]
            return isSame && isShape ? nil : String(decoding: bytes, as: UTF8.self)
        }
    }

    @Test func servicesAreLockedDown() throws {
        let parsed = try Parsed.yaml(try ComposeFile.render(Samples.compose))
        for name in ["guest", "bundle"] {
            let service = try #require(parsed["services"]?[name])
            #expect(service["read_only"] == .bool(true) && service["privileged"] == .bool(false))
            #expect(service["cap_drop"] == .texts(["ALL"]) && service["cap_add"] == nil)
            #expect(service["security_opt"] == .texts(["no-new-privileges:true"]))
            #expect(service["mem_limit"] == service["memswap_limit"])
            for key in ["ports", "network_mode", "pid", "devices", "env_file", "extra_hosts"] {
                #expect(service[key] == nil)
            }
        }
        let guest = try #require(parsed["services"]?["guest"])
        #expect(guest["pids_limit"] == .number(512))
        #expect(guest["networks"] == .map(["bottle": .map(["ipv4_address": .text("10.77.3.3")])]))
        #expect(guest["dns"] == .texts(["10.77.3.2"]))
        let bundle = try #require(parsed["services"]?["bundle"])
        #expect(
            bundle["networks"] == .map(["bottle": .map(["ipv4_address": .text("10.77.3.2")]), "outward": .map([:])]))
        #expect(bundle["environment"]?["BOTTLE_TOKEN_VARIABLES"] == .text("A_TOKEN,B_TOKEN"))
        #expect(guest["environment"]?["BOTTLE_TOKEN_VARIABLES"] == nil)
        #expect(parsed["networks"]?["bottle"]?["internal"] == .bool(true))
        #expect(parsed["networks"]?["outward"]?["internal"] == nil)
        #expect(guest["labels"] == .map(["bottle": .text("claude-bottle-dev"), "owner": .text("run-1")]))
    }

    @Test func whatAnEngineWouldMisreadIsRefused() {
        let changes: [@Sendable (inout ComposeInput) -> Void] = [
            { $0.slug = "../x" },
            { $0.guestAddress = $0.bundleAddress },
            { $0.guestAddress = "10.77.4.3" },
            { $0.guestAddress = "10.77.3.1" },
            { $0.bundleAddress = "127.0.0.1" },
            { $0.subnet = "10.77.3.0/16" },
            { $0.guest.image = "--privileged" },
            { $0.guest.image = "a b" },
            { $0.guest.environment = ["A=B": "x"] },
            { $0.guest.environment = ["A": "\u{0}"] },
            { $0.guest.command = ["\u{0}"] },
            { $0.guest.limits.processes = 0 },
            { $0.guest.limits.memory = 0 },
            { $0.guest.mounts = [.init(source: "/var/run/docker.sock", target: "/d")] },
            { $0.guest.mounts = [.init(source: "/", target: "/d")] },
            { $0.guest.mounts = [.init(source: "rel", target: "/d")] },
            { $0.guest.mounts = [.init(source: "/a", target: "/d"), .init(source: "/b", target: "/d")] },
            { $0.guest.user = "-x" },
            { $0.tokenVariables = ["sk-ant-a-value"] },
            { $0.tokenVariables = ["A=value"] },
            { $0.daemons = ["a,b"] },
            { $0.labels = ["a\nb": "x"] },
            { $0.labels = ["a": "x\ny"] },
        ]
        for (index, change) in changes.enumerated() {
            var input = Samples.compose
            change(&input)
            #expect(throws: BottleError.self, "change \(index)") { try ComposeFile.render(input) }
        }
    }
}
