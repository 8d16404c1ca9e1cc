// SPDX-FileCopyrightText: 2026 The bottle-conformance authors
// SPDX-License-Identifier: Apache-2.0

import Foundation
import Testing

@testable import BottleLab

struct LabDirectoryTests {
    @Test func `what a killed process left is removed, and nothing else`() throws {
        let base = FileManager.default.temporaryDirectory.appending(path: "labs-\(UUID().uuidString)").path
        defer { try? FileManager.default.removeItem(atPath: base) }
        func make(_ name: String, lease: Date?) throws {
            try FileManager.default.createDirectory(atPath: "\(base)/\(name)", withIntermediateDirectories: true)
            guard let lease else { return }
            try Data().write(to: URL(filePath: "\(base)/\(name)/lease"))
            try FileManager.default.setAttributes([.modificationDate: lease], ofItemAtPath: "\(base)/\(name)/lease")
        }
        try make("bottle-lab.dead", lease: Date(timeIntervalSinceNow: -60))
        try make("bottle-lab.young", lease: Date())
        try make("bottle-lab.bare", lease: nil)
        try make("other.dead", lease: Date(timeIntervalSinceNow: -60))
        LabDirectory.sweep(base)
        let left = try FileManager.default.contentsOfDirectory(atPath: base).sorted()
        #expect(left == ["bottle-lab.bare", "bottle-lab.young", "other.dead"])
    }
}
