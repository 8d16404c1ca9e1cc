// SPDX-FileCopyrightText: 2026 The bottle-conformance authors
// SPDX-License-Identifier: Apache-2.0

import BottleCore
import BottleDriver
import ConformanceEngine
import Testing

@testable import ConformanceChecks

struct RENDER02AllowlistIsBundleTests {
    private let check = RENDER02AllowlistIsBundle()

    @Test func theReferencePassesOnEveryKind() throws { try PlanCheckFacts.passesEverywhere(check) }

    private static let changes = [
        PlanChange("empty", says: "the list of networks is []") { $0.allowCIDRs = [] },
        PlanChange("whole network", says: "the list of networks is") { $0.allowCIDRs = [$0.bundle.subnet] },
        PlanChange("one more", says: "the list of networks is", on: .container) {
            $0.allowCIDRs.append("10.77.0.1/32")
        },
        PlanChange("twice", says: "the list of networks is", on: .container) { $0.allowCIDRs += $0.allowCIDRs },
        PlanChange("everything", says: "the list of networks is") { $0.allowCIDRs = ["0.0.0.0/0"] },
        PlanChange("gateway", says: "the list of networks is") { $0.allowCIDRs = ["\($0.bundle.gateway)/32"] },
        PlanChange("no list in the call", says: "the list that the call create is given", on: .microvm) {
            $0.editCreate { argv in if let at = argv.firstIndex(of: "--allow-cidr") { argv.removeSubrange(at...at + 1) }
            }
        },
        PlanChange("a second list in the call", says: "the list that the call create is given", on: .microvm) {
            $0.editCreate { $0.insert("--allow-cidr=0.0.0.0/0", at: 1) }
        },
        PlanChange("a wider list in the call", says: "the list that the call create is given", on: .microvm) {
            $0.editCreate { $0 = $0.map { $0.replacing("2/32", with: "0/24") } }
        },
        PlanChange("a wider list in the file", says: "the list in smolfile-smolvm", on: .microvm) {
            $0.edit(.smolvmSmolfile, "2/32", to: "0/24")
        },
    ]

    @Test(arguments: changes)
    func whatIsWrongIsSaid(change: PlanChange) throws { try change.makesFall(check) }

    /// What stands in a value, or in the guest's own command, is no option.
    @Test func aValueIsNoOption() throws {
        let change = PlanChange("value", says: "", on: .microvm) { report in
            report.editCreate { argv in
                argv.insert(contentsOf: ["-e", "--allow-cidr=0.0.0.0/0"], at: 3)
                argv += ["--allow-cidr", "0.0.0.0/0"]
            }
        }
        #expect(try change.judge(check).verdict == .pass)
    }
}
