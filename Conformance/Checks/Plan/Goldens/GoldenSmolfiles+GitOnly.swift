// SPDX-FileCopyrightText: 2026 The bottle-conformance authors
// SPDX-License-Identifier: Apache-2.0

// Generated from Fixtures/golden/contract by the tests with BOTTLE_RECORD=1.

extension GoldenSmolfiles {
    static let gitOnly = ##"""
        name = "claude-bottle-standard-git-only"
        command = ["sleep", "infinity"]
        env = ["CLAUDE_CODE_DISABLE_NONESSENTIAL_TRAFFIC=1", "DISABLE_ERROR_REPORTING=1", "GIT_GATE_URL=git://10.77.172.2:9418", "HTTPS_PROXY=http://10.77.172.2:8888", "HTTP_PROXY=http://10.77.172.2:8888", "NODE_EXTRA_CA_CERTS=/etc/ssl/certs/ca-certificates.crt", "NO_PROXY=localhost,127.0.0.1", "REQUESTS_CA_BUNDLE=/etc/ssl/certs/ca-certificates.crt", "SSL_CERT_FILE=/etc/ssl/certs/ca-certificates.crt", "http_proxy=http://10.77.172.2:8888", "https_proxy=http://10.77.172.2:8888", "no_proxy=localhost,127.0.0.1"]

        [[net]]
        type = "virtio-net"
        attachment = "unixgram"
        socket = "<stage>/gvproxy.sock"

        """##
}
