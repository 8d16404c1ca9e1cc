// SPDX-FileCopyrightText: 2026 The bottle-conformance authors
// SPDX-License-Identifier: Apache-2.0

import BottleRender
import Testing

@Suite struct GoldenTests {
    @Test func smolfile() throws {
        var twin = Samples.smolfile
        twin.socket += "x"
        try Golden.check("smolfile.toml", Smolfile.render(Samples.smolfile), twin: Smolfile.render(twin))
    }

    @Test func smolvmSmolfile() throws {
        var twin = Samples.smolvm
        twin.bundleAddress = "10.77.3.1"
        try Golden.check(
            "smolvm.toml", try SmolvmSmolfile.render(Samples.smolvm), twin: try SmolvmSmolfile.render(twin))
    }

    @Test func gvproxy() throws {
        var twin = Samples.gvproxy
        twin.bundleAddress = "10.77.3.1"
        try Golden.check(
            "gvproxy.yaml", try GvproxyConfig.render(Samples.gvproxy), twin: try GvproxyConfig.render(twin))
    }

    @Test func pipelock() throws {
        var twin = Samples.pipelock
        twin.allowlist.append("more.example")
        try Golden.check(
            "pipelock.yaml", try PipelockConfig.render(Samples.pipelock), twin: try PipelockConfig.render(twin))
    }

    @Test func gitGate() throws {
        var twin = Samples.gitGate
        twin.repositories[0].name = "toolz"
        let scripts = try GitGateScripts.render(Samples.gitGate)
        let other = try GitGateScripts.render(twin)
        try Golden.check("git-gate-entrypoint.sh", scripts.entrypoint, twin: other.entrypoint)
        try Golden.check("git-gate-pre-receive.sh", scripts.preReceive, twin: other.preReceive)
        try Golden.check("git-gate-access.sh", scripts.accessHook, twin: other.accessHook)
        try Golden.check("git-gate-gitleaks.toml", scripts.gitleaksConfig, twin: other.accessHook)
    }

    @Test func compose() throws {
        var twin = Samples.compose
        twin.guest.limits.processes += 1
        try Golden.check("compose.yaml", try ComposeFile.render(Samples.compose), twin: try ComposeFile.render(twin))
    }
}
