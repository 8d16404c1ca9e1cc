// SPDX-FileCopyrightText: 2026 The bottle-conformance authors
// SPDX-License-Identifier: Apache-2.0

// Generated from Fixtures/golden/contract by the tests with BOTTLE_RECORD=1.

extension GoldenContracts {
    static let large = ##"""
        {
          "addresses": {
            "bundle": "10.77.140.2",
            "gateway": "10.77.140.1",
            "subnet": "10.77.140.0/24"
          },
          "agent": {
            "command": [
              "claude",
              "--append-system-prompt-file",
              "/home/node/.claude-bottle-prompt.txt"
            ],
            "copy_cwd": false,
            "name": "helper",
            "prompt": [
              "- line 0: [keep] {all} *of* &it # exactly \"so\"",
              "- line 1: [keep] {all} *of* &it # exactly \"so\"",
              "- line 2: [keep] {all} *of* &it # exactly \"so\"",
              "- line 3: [keep] {all} *of* &it # exactly \"so\"",
              "- line 4: [keep] {all} *of* &it # exactly \"so\"",
              "- line 5: [keep] {all} *of* &it # exactly \"so\"",
              "- line 6: [keep] {all} *of* &it # exactly \"so\"",
              "- line 7: [keep] {all} *of* &it # exactly \"so\"",
              "- line 8: [keep] {all} *of* &it # exactly \"so\"",
              "- line 9: [keep] {all} *of* &it # exactly \"so\"",
              "- line 10: [keep] {all} *of* &it # exactly \"so\"",
              "- line 11: [keep] {all} *of* &it # exactly \"so\"",
              "- line 12: [keep] {all} *of* &it # exactly \"so\"",
              "- line 13: [keep] {all} *of* &it # exactly \"so\"",
              "- line 14: [keep] {all} *of* &it # exactly \"so\"",
              "- line 15: [keep] {all} *of* &it # exactly \"so\"",
              "- line 16: [keep] {all} *of* &it # exactly \"so\"",
              "- line 17: [keep] {all} *of* &it # exactly \"so\"",
              "- line 18: [keep] {all} *of* &it # exactly \"so\"",
              "- line 19: [keep] {all} *of* &it # exactly \"so\"",
              "- line 20: [keep] {all} *of* &it # exactly \"so\"",
              "- line 21: [keep] {all} *of* &it # exactly \"so\"",
              "- line 22: [keep] {all} *of* &it # exactly \"so\"",
              "- line 23: [keep] {all} *of* &it # exactly \"so\"",
              "- line 24: [keep] {all} *of* &it # exactly \"so\"",
              "- line 25: [keep] {all} *of* &it # exactly \"so\"",
              "- line 26: [keep] {all} *of* &it # exactly \"so\"",
              "- line 27: [keep] {all} *of* &it # exactly \"so\"",
              "- line 28: [keep] {all} *of* &it # exactly \"so\"",
              "- line 29: [keep] {all} *of* &it # exactly \"so\"",
              "- line 30: [keep] {all} *of* &it # exactly \"so\"",
              "- line 31: [keep] {all} *of* &it # exactly \"so\"",
              "- line 32: [keep] {all} *of* &it # exactly \"so\"",
              "- line 33: [keep] {all} *of* &it # exactly \"so\"",
              "- line 34: [keep] {all} *of* &it # exactly \"so\"",
              "- line 35: [keep] {all} *of* &it # exactly \"so\"",
              "- line 36: [keep] {all} *of* &it # exactly \"so\"",
              "- line 37: [keep] {all} *of* &it # exactly \"so\"",
              "- line 38: [keep] {all} *of* &it # exactly \"so\"",
              "- line 39: [keep] {all} *of* &it # exactly \"so\"",
              ""
            ],
            "prompt_file": "<bottle>/agent/prompt.txt",
            "skills": []
          },
          "allow": [
            "10.77.140.2/32"
          ],
          "bundle": {
            "daemons": "egress,pipelock,git-gate,supervise",
            "environment": {
              "EGRESS_UPSTREAM_PROXY": "http://127.0.0.1:8888",
              "SUPERVISE_BOTTLE_SLUG": "standard-large",
              "SUPERVISE_QUEUE_DIR": "/var/lib/bottle/supervise"
            },
            "mounts": [
              "<bottle>/egress/* -> /etc/bottle/egress-ca-key.pem (read-only)",
              "<bottle>/egress/* -> /etc/bottle/egress-ca.pem (read-only)",
              "<bottle>/egress/routes.yaml -> /etc/bottle/routes.yaml (read-only)",
              "<bottle>/git-gate/* -> /etc/bottle/git-gate/access (read-only)",
              "<bottle>/git-gate/* -> /etc/bottle/git-gate/entrypoint.sh (read-only)",
              "<bottle>/git-gate/* -> /etc/bottle/git-gate/gitleaks.toml (read-only)",
              "<bottle>/git-gate/* -> /etc/bottle/git-gate/hooks/pre-receive (read-only)",
              "<bottle>/pipelock/* -> /etc/bottle/pipelock-ca-key.pem (read-only)",
              "<bottle>/pipelock/* -> /etc/bottle/pipelock-ca.pem (read-only)",
              "<bottle>/pipelock/pipelock.yaml -> /etc/bottle/pipelock.yaml (read-only)",
              "<bottle>/supervise/* -> /var/lib/bottle/supervise",
              "<manifest>/keys/0 -> /etc/bottle/git-gate/identities/repository-0 (read-only)",
              "<manifest>/keys/1 -> /etc/bottle/git-gate/identities/repository-1 (read-only)",
              "<manifest>/keys/2 -> /etc/bottle/git-gate/identities/repository-2 (read-only)",
              "<manifest>/keys/3 -> /etc/bottle/git-gate/identities/repository-3 (read-only)",
              "<manifest>/keys/4 -> /etc/bottle/git-gate/identities/repository-4 (read-only)",
              "<manifest>/keys/5 -> /etc/bottle/git-gate/identities/repository-5 (read-only)",
              "<manifest>/keys/known_hosts -> /etc/bottle/git-gate/known_hosts/repository-0 (read-only)",
              "<manifest>/keys/known_hosts -> /etc/bottle/git-gate/known_hosts/repository-1 (read-only)",
              "<manifest>/keys/known_hosts -> /etc/bottle/git-gate/known_hosts/repository-2 (read-only)",
              "<manifest>/keys/known_hosts -> /etc/bottle/git-gate/known_hosts/repository-3 (read-only)",
              "<manifest>/keys/known_hosts -> /etc/bottle/git-gate/known_hosts/repository-4 (read-only)",
              "<manifest>/keys/known_hosts -> /etc/bottle/git-gate/known_hosts/repository-5 (read-only)"
            ],
            "tokens": [
              "TOKEN_0",
              "TOKEN_1",
              "TOKEN_2",
              "TOKEN_3"
            ]
          },
          "daemons": "egress,pipelock,git-gate,supervise",
          "egress": {
            "ca": {
              "certificate": "<bottle>/egress/*",
              "key": "<bottle>/egress/*"
            },
            "config": "<bottle>/egress/routes.yaml",
            "routes": [
              "https://host-0.example.com:443 TOKEN_0",
              "https://host-1.example.com:443 TOKEN_1",
              "https://host-10.example.com:443 TOKEN_2",
              "https://host-11.example.com:443 TOKEN_3",
              "https://host-2.example.com:443 TOKEN_2",
              "https://host-3.example.com:443 TOKEN_3",
              "https://host-4.example.com:443 TOKEN_0",
              "https://host-5.example.com:443 TOKEN_1",
              "https://host-6.example.com:443 TOKEN_2",
              "https://host-7.example.com:443 TOKEN_3",
              "https://host-8.example.com:443 TOKEN_0",
              "https://host-9.example.com:443 TOKEN_1"
            ],
            "tokens": [
              "TOKEN_0",
              "TOKEN_1",
              "TOKEN_2",
              "TOKEN_3"
            ],
            "upstream": "http://127.0.0.1:8888"
          },
          "environment": {
            "CLAUDE_CODE_DISABLE_NONESSENTIAL_TRAFFIC": "1",
            "DISABLE_ERROR_REPORTING": "1",
            "GIT_GATE_URL": "git://10.77.140.2:9418",
            "HTTPS_PROXY": "http://10.77.140.2:8888",
            "HTTP_PROXY": "http://10.77.140.2:8888",
            "MCP_SUPERVISE_URL": "http://10.77.140.2:9100",
            "NODE_EXTRA_CA_CERTS": "/etc/ssl/certs/ca-certificates.crt",
            "NO_PROXY": "localhost,127.0.0.1,10.77.140.2",
            "REQUESTS_CA_BUNDLE": "/etc/ssl/certs/ca-certificates.crt",
            "SETTING_0": "value 0",
            "SETTING_1": "value 1",
            "SETTING_10": "value 10",
            "SETTING_11": "value 11",
            "SETTING_12": "value 12",
            "SETTING_13": "value 13",
            "SETTING_14": "value 14",
            "SETTING_15": "value 15",
            "SETTING_16": "value 16",
            "SETTING_17": "value 17",
            "SETTING_18": "value 18",
            "SETTING_19": "value 19",
            "SETTING_2": "value 2",
            "SETTING_20": "value 20",
            "SETTING_21": "value 21",
            "SETTING_22": "value 22",
            "SETTING_23": "value 23",
            "SETTING_24": "value 24",
            "SETTING_25": "value 25",
            "SETTING_26": "value 26",
            "SETTING_27": "value 27",
            "SETTING_28": "value 28",
            "SETTING_29": "value 29",
            "SETTING_3": "value 3",
            "SETTING_30": "value 30",
            "SETTING_31": "value 31",
            "SETTING_32": "value 32",
            "SETTING_33": "value 33",
            "SETTING_34": "value 34",
            "SETTING_35": "value 35",
            "SETTING_36": "value 36",
            "SETTING_37": "value 37",
            "SETTING_38": "value 38",
            "SETTING_39": "value 39",
            "SETTING_4": "value 4",
            "SETTING_5": "value 5",
            "SETTING_6": "value 6",
            "SETTING_7": "value 7",
            "SETTING_8": "value 8",
            "SETTING_9": "value 9",
            "SSL_CERT_FILE": "/etc/ssl/certs/ca-certificates.crt",
            "http_proxy": "http://10.77.140.2:8888",
            "https_proxy": "http://10.77.140.2:8888",
            "no_proxy": "localhost,127.0.0.1,10.77.140.2"
          },
          "git_gate": {
            "access": "<bottle>/git-gate/*",
            "entrypoint": "<bottle>/git-gate/*",
            "gitleaks": "<bottle>/git-gate/*",
            "hook": "<bottle>/git-gate/*",
            "upstreams": [
              {
                "gate": "git://10.77.140.2:9418/repository-0.git",
                "identity": "<manifest>/keys/0 -> /etc/bottle/git-gate/identities/repository-0 (read-only)",
                "known_hosts": "<manifest>/keys/known_hosts -> /etc/bottle/git-gate/known_hosts/repository-0 (read-only)",
                "name": "repository-0",
                "url": "ssh://git@git.example.com/team/0.git"
              },
              {
                "gate": "git://10.77.140.2:9418/repository-1.git",
                "identity": "<manifest>/keys/1 -> /etc/bottle/git-gate/identities/repository-1 (read-only)",
                "known_hosts": "<manifest>/keys/known_hosts -> /etc/bottle/git-gate/known_hosts/repository-1 (read-only)",
                "name": "repository-1",
                "url": "ssh://git@git.example.com/team/1.git"
              },
              {
                "gate": "git://10.77.140.2:9418/repository-2.git",
                "identity": "<manifest>/keys/2 -> /etc/bottle/git-gate/identities/repository-2 (read-only)",
                "known_hosts": "<manifest>/keys/known_hosts -> /etc/bottle/git-gate/known_hosts/repository-2 (read-only)",
                "name": "repository-2",
                "url": "ssh://git@git.example.com/team/2.git"
              },
              {
                "gate": "git://10.77.140.2:9418/repository-3.git",
                "identity": "<manifest>/keys/3 -> /etc/bottle/git-gate/identities/repository-3 (read-only)",
                "known_hosts": "<manifest>/keys/known_hosts -> /etc/bottle/git-gate/known_hosts/repository-3 (read-only)",
                "name": "repository-3",
                "url": "ssh://git@git.example.com/team/3.git"
              },
              {
                "gate": "git://10.77.140.2:9418/repository-4.git",
                "identity": "<manifest>/keys/4 -> /etc/bottle/git-gate/identities/repository-4 (read-only)",
                "known_hosts": "<manifest>/keys/known_hosts -> /etc/bottle/git-gate/known_hosts/repository-4 (read-only)",
                "name": "repository-4",
                "url": "ssh://git@git.example.com/team/4.git"
              },
              {
                "gate": "git://10.77.140.2:9418/repository-5.git",
                "identity": "<manifest>/keys/5 -> /etc/bottle/git-gate/identities/repository-5 (read-only)",
                "known_hosts": "<manifest>/keys/known_hosts -> /etc/bottle/git-gate/known_hosts/repository-5 (read-only)",
                "name": "repository-5",
                "url": "ssh://git@git.example.com/team/5.git"
              }
            ]
          },
          "machine": "claude-bottle-standard-large",
          "pipelock": {
            "allowlist": [
              "host-0.example.com",
              "host-1.example.com",
              "host-10.example.com",
              "host-11.example.com",
              "host-12.example.com",
              "host-13.example.com",
              "host-14.example.com",
              "host-15.example.com",
              "host-16.example.com",
              "host-17.example.com",
              "host-18.example.com",
              "host-19.example.com",
              "host-2.example.com",
              "host-20.example.com",
              "host-21.example.com",
              "host-22.example.com",
              "host-23.example.com",
              "host-24.example.com",
              "host-25.example.com",
              "host-26.example.com",
              "host-27.example.com",
              "host-28.example.com",
              "host-29.example.com",
              "host-3.example.com",
              "host-30.example.com",
              "host-31.example.com",
              "host-32.example.com",
              "host-33.example.com",
              "host-34.example.com",
              "host-35.example.com",
              "host-36.example.com",
              "host-37.example.com",
              "host-38.example.com",
              "host-39.example.com",
              "host-4.example.com",
              "host-40.example.com",
              "host-41.example.com",
              "host-42.example.com",
              "host-43.example.com",
              "host-44.example.com",
              "host-45.example.com",
              "host-46.example.com",
              "host-47.example.com",
              "host-48.example.com",
              "host-49.example.com",
              "host-5.example.com",
              "host-50.example.com",
              "host-51.example.com",
              "host-52.example.com",
              "host-53.example.com",
              "host-54.example.com",
              "host-55.example.com",
              "host-56.example.com",
              "host-57.example.com",
              "host-58.example.com",
              "host-59.example.com",
              "host-6.example.com",
              "host-7.example.com",
              "host-8.example.com",
              "host-9.example.com"
            ],
            "ca": {
              "certificate": "<bottle>/pipelock/*",
              "key": "<bottle>/pipelock/*"
            },
            "config": "<bottle>/pipelock/pipelock.yaml"
          },
          "slug": "standard-large",
          "state": {
            "agent": "<bottle>/agent",
            "egress": "<bottle>/egress",
            "git-gate": "<bottle>/git-gate",
            "pipelock": "<bottle>/pipelock",
            "supervise": "<bottle>/supervise"
          },
          "supervise": {
            "queue": "<bottle>/supervise/*",
            "slug": "standard-large"
          }
        }

        """##
}
