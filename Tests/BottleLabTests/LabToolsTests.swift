// SPDX-FileCopyrightText: 2026 The bottle-conformance authors
// SPDX-License-Identifier: Apache-2.0

import BottleCore
import BottleSystem
import Testing

@testable import BottleLab

struct LabToolsTests {
    @Test func `what is missing is named with the package that brings it`() {
        let tools = LabTools(environment: [:])
        #expect { try tools.require(["sh", "qemu-no-such"]) } throws: { error in
            let error = error as? BottleError
            return error?.code == .prerequisite && error?.message.contains("qemu-no-such") == true
        }
        let nowhere = LabTools(environment: [:], path: "/nonexistent")
        #expect { try nowhere.require(LabTools.running + LabTools.building) } throws: { error in
            let message = (error as? BottleError)?.message ?? ""
            return message.contains("qemu-system-x86_64")
                && message.contains(
                    "`apt-get install apt dpkg e2fsprogs fakeroot gzip python3-pip qemu-system-x86 tar zstd`")
        }
    }

    @Test func `tokens of the caller go nowhere`() {
        let tools = LabTools(environment: ["HOME": "/h", "AWS_SECRET_ACCESS_KEY": "x", "https_proxy": "http://p"])
        #expect(tools.environment["HOME"] == "/h" && tools.environment["https_proxy"] == "http://p")
        #expect(tools.environment["AWS_SECRET_ACCESS_KEY"] == nil)
    }

    @Test func `a full disk is told from other failures`() {
        func failure(_ said: String) -> BottleError {
            LabTools.failure("build its disk", "fakeroot", said: said)
        }
        #expect(failure("cp: error writing: No space left on device\n").message.contains("XDG_CACHE_HOME"))
        #expect(failure("/usr/bin/python3: No module named pip\n").message.contains("apt-get install python3-pip"))
        let other = failure("Reading lists\nE: Unable to fetch some archives\nhint\n")
        #expect(other.message.contains("Unable to fetch some archives") && other.message.contains("fakeroot"))
    }

    @Test func `a disk without room is named, with what to do`() {
        func shortage(_ room: Int?) -> BottleError? {
            Lab.shortage("Building a lab", of: Lab.roomForBuild, room: room, in: "/c/lab")
        }
        #expect(shortage(nil) == nil && shortage(Lab.roomForBuild) == nil)
        let error = shortage(1_610_612_736)
        #expect(
            error?.message
                == "Building a lab takes 2.0 GiB of disk, and there are 1.5 GiB at /c/lab: make room, or set XDG_CACHE_HOME to another place."
        )
        #expect(error?.code == .prerequisite)
    }

    @Test func `labs are kept where the user keeps what can be made again`() throws {
        #expect(try Lab(environment: ["XDG_CACHE_HOME": "/c"]).root == "/c/bottle-conformance/lab")
        #expect(try Lab(environment: ["HOME": "/h"]).root == "/h/.cache/bottle-conformance/lab")
        #expect(throws: BottleError.self) { try Lab(environment: ["HOME": "h"]) }
    }
}
