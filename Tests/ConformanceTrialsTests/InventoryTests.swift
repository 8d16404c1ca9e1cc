// SPDX-FileCopyrightText: 2026 The bottle-conformance authors
// SPDX-License-Identifier: Apache-2.0

import Foundation
import Testing

@testable import ConformanceTrials

/// What inventories read of the kernel's tables, and whom they take for a descendant.
@Suite struct InventoryTests {
    @Test(arguments: ["sh", "a) S 1 (b", "x) R 77", ""])
    func aProcessMayBeCalledAnything(name: String) {
        let stat = Array("41 (\(name)) S 40 41 41 0 -1".utf8)
        let bare = ProcessTree.member(41, stat: stat, line: [])
        #expect(bare?.parent == 40 && bare?.command == "(\(name))")
        let whole = ProcessTree.member(41, stat: stat, line: Array("/bin/sh\0-c\0read".utf8) + [0])
        #expect(whole?.command == "/bin/sh -c read")
    }

    @Test(arguments: ["", "41", "41 (sh", "41 (sh) S", "41 )sh( S 40", "41 (sh) S x"])
    func whatIsNoProcessIsNone(stat: String) {
        #expect(ProcessTree.member(41, stat: Array(stat.utf8), line: []) == nil)
    }

    @Test func descendantsAreFoundAtAnyDepthAndNobodyElse() async throws {
        let process = Process()
        process.executableURL = URL(filePath: "/bin/sh")
        process.arguments = ["-c", "/bin/sh -c 'read -r line' inventory-deep <&0; :", "inventory-outer"]
        let pipe = Pipe()
        process.standardInput = pipe
        try process.run()
        defer {
            try? pipe.fileHandleForWriting.close()
            process.waitUntilExit()
        }
        var found: [ProcessTree.Member] = []
        // Bounded by looks and not by time: beside busy tests a look may come late.
        for _ in 0..<10_000 where !found.contains(where: { $0.command.hasSuffix("inventory-deep") }) {
            found = ProcessTree.descendants(of: getpid()).filter { $0.command.contains("inventory-") }
            try await Task.sleep(for: .milliseconds(1))
        }
        #expect(found.contains { $0.command.hasSuffix("inventory-outer") })
        #expect(found.contains { $0.command.hasSuffix("inventory-deep") })
        #expect(ProcessTree.descendants(of: process.processIdentifier).allSatisfy { $0.command.contains("deep") })
    }

    @Test func tablesAreReadAsTheKernelWritesThem() {
        let devices = """
            Inter-|   Receive                            |  Transmit
             face |bytes packets errs | bytes packets
                lo:  100 1 0
            h77:9 1 0
            """
        #expect(WorldTables.links(devices) == ["lo", "h77"])
        let mounts = """
            22 1 0:20 / / rw - overlay overlay rw
            23 22 0:21 / /a\\040b rw - tmpfs tmpfs rw
            broken
            """
        #expect(WorldTables.mounts(mounts) == ["/", #"/a\040b"#])
        let sockets = """
            Num       RefCount Protocol Flags    Type St Inode Path
            ffff8881: 00000002 00000000 00010000 0001 01 12345 /run/a b.sock
            ffff8882: 00000003 00000000 00000000 0001 03 12346 /run/connected
            ffff8883: 00000002 00000000 00010000 0001 01 12347
            ffff8884: 00000002 00000000 00010000 0001 01 12348 @abstract
            """
        #expect(WorldTables.listeners(sockets) == ["unix /run/a b.sock", "unix @abstract"])
    }
}
