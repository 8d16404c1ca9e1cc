// SPDX-FileCopyrightText: 2026 The bottle-conformance authors
// SPDX-License-Identifier: Apache-2.0

import BottleCore
import Testing

@testable import BottleLab

struct LabLockTests {
    private static let hash = String(repeating: "0a", count: 32)

    @Test func `a lock is lines of name, version and hash`() throws {
        let lock = try LabLock(
            "# for people\nrunc 1.1.5+ds1-1 \(Self.hash)\n\ntini 0.19.0-1 \(Self.hash.uppercased())\n")
        #expect(lock.entries.map(\.name) == ["runc", "tini"])
        #expect(lock.entries.map(\.version) == ["1.1.5+ds1-1", "0.19.0-1"])
        #expect(lock.entries.allSatisfy { $0.hash == Self.hash })
    }

    @Test(arguments: ["runc 1.1.5", "runc 1.1.5 0a0b", "runc 1.1.5 \(String(repeating: "x", count: 64))", "runc"])
    func `a line that is none is named`(_ line: String) {
        #expect { try LabLock(line) } throws: { error in
            (error as? BottleError)?.code == .input && (error as? BottleError)?.message.contains(line.prefix(9)) == true
        }
    }

    @Test func `a package that comes twice is named`() {
        #expect { try LabLock("runc 1 \(Self.hash)\nrunc 2 \(Self.hash)") } throws: { error in
            (error as? BottleError)?.message.contains("twice") == true
        }
    }

    @Test func `the lock that the lab was tested with names all that is asked for`() throws {
        let names = Set(try LabLock(LabLock.tested).entries.map(\.name))
        #expect(names.isSuperset(of: LabDefinition.packages))
        #expect(names.contains { $0.hasPrefix("linux-image-6.") })
    }

    @Test func `apt's complaints name what it does not have any more`() {
        let said = """
            E: Version '1.1.5+ds1-1' for 'runc' was not found
            E: Version '2.36' for 'libc6' was not found
            E: Unable to locate package linux-image-6.1.0-1-cloud-amd64
            W: Some index files failed to download.
            E: Unable to correct problems
            """
        #expect(LabLock.missing(said) == ["runc", "libc6", "linux-image-6.1.0-1-cloud-amd64"])
        #expect(LabLock.missing("").isEmpty)
    }
}
