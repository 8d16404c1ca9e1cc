// SPDX-FileCopyrightText: 2026 The bottle-conformance authors
// SPDX-License-Identifier: Apache-2.0

// Generated from Fixtures/golden/contract by the tests with BOTTLE_RECORD=1.

extension GoldenSmolfiles {
    static let large = ##"""
        name = "claude-bottle-standard-large"
        command = ["sleep", "infinity"]
        env = ["CLAUDE_CODE_DISABLE_NONESSENTIAL_TRAFFIC=1", "DISABLE_ERROR_REPORTING=1", "GIT_GATE_URL=git://10.77.140.2:9418", "HTTPS_PROXY=http://10.77.140.2:8888", "HTTP_PROXY=http://10.77.140.2:8888", "MCP_SUPERVISE_URL=http://10.77.140.2:9100", "NODE_EXTRA_CA_CERTS=/etc/ssl/certs/ca-certificates.crt", "NO_PROXY=localhost,127.0.0.1,10.77.140.2", "REQUESTS_CA_BUNDLE=/etc/ssl/certs/ca-certificates.crt", "SETTING_0=value 0", "SETTING_1=value 1", "SETTING_10=value 10", "SETTING_11=value 11", "SETTING_12=value 12", "SETTING_13=value 13", "SETTING_14=value 14", "SETTING_15=value 15", "SETTING_16=value 16", "SETTING_17=value 17", "SETTING_18=value 18", "SETTING_19=value 19", "SETTING_2=value 2", "SETTING_20=value 20", "SETTING_21=value 21", "SETTING_22=value 22", "SETTING_23=value 23", "SETTING_24=value 24", "SETTING_25=value 25", "SETTING_26=value 26", "SETTING_27=value 27", "SETTING_28=value 28", "SETTING_29=value 29", "SETTING_3=value 3", "SETTING_30=value 30", "SETTING_31=value 31", "SETTING_32=value 32", "SETTING_33=value 33", "SETTING_34=value 34", "SETTING_35=value 35", "SETTING_36=value 36", "SETTING_37=value 37", "SETTING_38=value 38", "SETTING_39=value 39", "SETTING_4=value 4", "SETTING_5=value 5", "SETTING_6=value 6", "SETTING_7=value 7", "SETTING_8=value 8", "SETTING_9=value 9", "SSL_CERT_FILE=/etc/ssl/certs/ca-certificates.crt", "http_proxy=http://10.77.140.2:8888", "https_proxy=http://10.77.140.2:8888", "no_proxy=localhost,127.0.0.1,10.77.140.2"]

        [[net]]
        type = "virtio-net"
        attachment = "unixgram"
        socket = "<stage>/gvproxy.sock"

        """##
}
