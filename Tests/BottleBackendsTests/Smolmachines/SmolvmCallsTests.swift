// SPDX-FileCopyrightText: 2026 The bottle-conformance authors
// SPDX-License-Identifier: Apache-2.0

import BottleCore
import BottleRender
import Testing

@testable import BottleBackends

/// What the client notes of its calls.
struct SmolvmCallsTests {
    @Test func `a call is called by what it does, whatever options stand before`() throws {
        let name = SmolvmMachine.Name(slug: try Slug("one"))
        for directory in [nil, "/s"] {
            let commands = try SmolvmCommands(program: "/opt/smol/smolvm", stateDirectory: directory)
            #expect(SmolvmClient.verb(commands.start(name)) == "machine start")
            #expect(SmolvmClient.verb(commands.delete(name)) == "machine delete")
            let pack = try commands.packCreate(image: .archive("/i.tar"), output: "/o")
            #expect(SmolvmClient.verb(pack) == "pack create")
            #expect(SmolvmClient.verb(commands.version()) == "--version")
        }
    }
}
