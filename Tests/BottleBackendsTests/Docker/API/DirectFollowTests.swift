// SPDX-FileCopyrightText: 2026 The bottle-conformance authors
// SPDX-License-Identifier: Apache-2.0

import Testing

@testable import BottleBackends

struct DirectFollowTests {
    private func call(_ arguments: String, stdin: [UInt8] = []) -> DirectFollow? {
        DirectFollow(arguments.split(separator: " ").map(String.init), stdin: stdin)
    }

    @Test func `calls that need no program are understood`() throws {
        #expect(call("start --attach a") == .start("a", isInteractive: false))
        #expect(call("start --attach --interactive a", stdin: [1]) == .start("a", isInteractive: true))
        let run = call(
            """
            run --rm --name a --network host --cap-drop ALL --cap-add NET_ADMIN --security-opt systempaths=unconfined \
            --security-opt apparmor=unconfined --volume /x:/y --dns 10.0.0.1 --dns-search . --entrypoint /e image arg
            """)
        guard case .run(let made) = run else {
            Issue.record("not understood")
            return
        }
        #expect(made.name == "a" && made.image == "image" && made.command == ["arg"] && made.entrypoint == ["/e"])
        #expect(made.host.removesItself && made.host.network == "host" && made.host.volumes == ["/x:/y"])
        #expect(made.host.dropped == ["ALL"] && made.host.added == ["CAP_NET_ADMIN"])
        #expect(made.host.masked == [] && made.host.readOnly == [] && made.host.security == ["apparmor=unconfined"])
        #expect(made.host.resolvers == ["10.0.0.1"] && made.host.searched == ["."])
    }

    @Test(arguments: [
        "", "start a", "start --attach", "start --attach a b", "start --attach --sig-proxy=false a", "run image",
        "run --name a --detach image", "run --name a --env A=b image", "run --name a --volume v:/v image",
        "create --name a x",
    ])
    func `everything else goes to the program`(_ arguments: String) {
        #expect(call(arguments) == nil)
    }

    @Test func `input for a container that takes none goes to the program`() {
        #expect(call("start --attach a", stdin: [1]) == nil)
        #expect(call("run --name a image", stdin: [1]) == nil)
    }
}
