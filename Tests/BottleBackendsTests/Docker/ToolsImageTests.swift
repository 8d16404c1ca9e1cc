// SPDX-FileCopyrightText: 2026 The bottle-conformance authors
// SPDX-License-Identifier: Apache-2.0

import BottleCore
import Foundation
import Testing

@testable import BottleBackends

/// When the image with the static executables is built: against a program that plays an engine.
struct ToolsImageTests {
    /// Remembers the labels of what it built, and counts.
    private static let script = """
        if [ "$1 $2" = 'image inspect' ]; then
            [ -f "$here/labels" ] || { echo 'Error: No such image: x' >&2; exit 1; }
            printf 'sha256:aa {%s}\\n' "$(cat "$here/labels")"
            exit 0
        fi
        [ "$1" = build ] || exit 9
        labels=
        while [ $# -gt 0 ]; do
            if [ "$1" = --label ]; then labels="$labels${labels:+,}\\"${2%%=*}\\":\\"${2#*=}\\""; fi
            shift
        done
        cat >/dev/null
        printf '%s' "$labels" >"$here/labels"
        echo build >>"$here/builds"
        echo sha256:aa
        """

    @Test func itIsBuiltOnceForTheSameFilesAndTheSameContent() async throws {
        let place = FileManager.default.temporaryDirectory.appending(path: "bottle-tools-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: place, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: place) }
        let program = place.appending(path: "engine")
        try Data("#!/bin/sh\nhere='\(place.path)'\n\(Self.script)\n".utf8).write(to: program)
        try FileManager.default.setAttributes([.posixPermissions: 0o755], ofItemAtPath: program.path)
        let engine = try EngineClient(engine: program.path, environment: ["PATH": "/usr/bin:/bin"])
        let images = DockerImages(engine: engine, image: try ImageReference(environment: [:]))
        func builds() throws -> Int {
            try String(contentsOf: place.appending(path: "builds"), encoding: .utf8).split(separator: "\n").count
        }
        #expect(try await images.tools() == "sha256:aa")
        #expect(try await images.tools() == "sha256:aa")
        #expect(try builds() == 1)
        // An image that other files made, or nobody knows which, is not taken for this one.
        let labels = place.appending(path: "labels")
        let own = try String(contentsOf: labels, encoding: .utf8)
        for other in [own.replacing(/source":"[0-9a-f]{8}/, with: "source\":\"00000000"), #""a":"b""#] {
            try #require(other != own)
            try Data(other.utf8).write(to: labels)
            #expect(try await images.tools() == "sha256:aa")
        }
        #expect(try builds() == 3)
        #expect(try String(contentsOf: labels, encoding: .utf8) == own)
    }
}
