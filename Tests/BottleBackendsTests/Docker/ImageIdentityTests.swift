// SPDX-FileCopyrightText: 2026 The bottle-conformance authors
// SPDX-License-Identifier: Apache-2.0

import Testing

@testable import BottleBackends

struct ImageIdentityTests {
    @Test func `what an engine tells of an image is read`() {
        let told = ImageIdentity(#"sha256:0a {"a":"b c","d":""}"#)
        #expect(told?.id == "sha256:0a" && told?.labels == ["a": "b c", "d": ""])
        #expect(ImageIdentity("0a null")?.labels == [:])
    }

    @Test(arguments: ["", "sha256:0a", "sha256:0a {", "sha256:0a [1]", " {}"])
    func `anything else is no image`(_ line: String) {
        #expect(ImageIdentity(line) == nil)
    }
}
