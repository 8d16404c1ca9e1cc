// SPDX-FileCopyrightText: 2026 The bottle-conformance authors
// SPDX-License-Identifier: Apache-2.0

// Generated from Fixtures/golden/contract by the tests with BOTTLE_RECORD=1.

extension GoldenContracts {
    static let gitOnly = ##"""
        {
          "addresses": {
            "bundle": "10.77.172.2",
            "gateway": "10.77.172.1",
            "subnet": "10.77.172.0/24"
          },
          "agent": {
            "command": [
              "claude"
            ],
            "copy_cwd": false,
            "name": "helper",
            "prompt": [
              ""
            ],
            "prompt_file": "<bottle>/agent/prompt.txt",
            "skills": []
          },
          "allow": [
            "10.77.172.2/32"
          ],
          "bundle": {
            "daemons": "egress,pipelock,git-gate",
            "environment": {},
            "mounts": [
              "<bottle>/git-gate/* -> /etc/bottle/git-gate/access (read-only)",
              "<bottle>/git-gate/* -> /etc/bottle/git-gate/entrypoint.sh (read-only)",
              "<bottle>/git-gate/* -> /etc/bottle/git-gate/gitleaks.toml (read-only)",
              "<bottle>/git-gate/* -> /etc/bottle/git-gate/hooks/pre-receive (read-only)",
              "<bottle>/pipelock/* -> /etc/bottle/pipelock-ca-key.pem (read-only)",
              "<bottle>/pipelock/* -> /etc/bottle/pipelock-ca.pem (read-only)",
              "<bottle>/pipelock/pipelock.yaml -> /etc/bottle/pipelock.yaml (read-only)",
              "<manifest>/keys/app -> /etc/bottle/git-gate/identities/app (read-only)",
              "<manifest>/keys/known_hosts -> /etc/bottle/git-gate/known_hosts/app (read-only)"
            ],
            "tokens": []
          },
          "daemons": "egress,pipelock,git-gate",
          "egress": {
            "ca": null,
            "config": null,
            "routes": [],
            "tokens": [],
            "upstream": null
          },
          "environment": {
            "CLAUDE_CODE_DISABLE_NONESSENTIAL_TRAFFIC": "1",
            "DISABLE_ERROR_REPORTING": "1",
            "GIT_GATE_URL": "git://10.77.172.2:9418",
            "HTTPS_PROXY": "http://10.77.172.2:8888",
            "HTTP_PROXY": "http://10.77.172.2:8888",
            "NODE_EXTRA_CA_CERTS": "/etc/ssl/certs/ca-certificates.crt",
            "NO_PROXY": "localhost,127.0.0.1",
            "REQUESTS_CA_BUNDLE": "/etc/ssl/certs/ca-certificates.crt",
            "SSL_CERT_FILE": "/etc/ssl/certs/ca-certificates.crt",
            "http_proxy": "http://10.77.172.2:8888",
            "https_proxy": "http://10.77.172.2:8888",
            "no_proxy": "localhost,127.0.0.1"
          },
          "git_gate": {
            "access": "<bottle>/git-gate/*",
            "entrypoint": "<bottle>/git-gate/*",
            "gitleaks": "<bottle>/git-gate/*",
            "hook": "<bottle>/git-gate/*",
            "upstreams": [
              {
                "gate": "git://10.77.172.2:9418/app.git",
                "identity": "<manifest>/keys/app -> /etc/bottle/git-gate/identities/app (read-only)",
                "known_hosts": "<manifest>/keys/known_hosts -> /etc/bottle/git-gate/known_hosts/app (read-only)",
                "name": "app",
                "url": "ssh://git@git.example.com:2222/team/app.git"
              },
              {
                "gate": "git://10.77.172.2:9418/docs.git",
                "identity": null,
                "known_hosts": null,
                "name": "docs",
                "url": "git@git.example.com:team/docs.git"
              },
              {
                "gate": "git://10.77.172.2:9418/public.git",
                "identity": null,
                "known_hosts": null,
                "name": "public",
                "url": "https://git.example.org/public/tool.git"
              }
            ]
          },
          "machine": "claude-bottle-standard-git-only",
          "pipelock": {
            "allowlist": [],
            "ca": {
              "certificate": "<bottle>/pipelock/*",
              "key": "<bottle>/pipelock/*"
            },
            "config": "<bottle>/pipelock/pipelock.yaml"
          },
          "slug": "standard-git-only",
          "state": {
            "agent": "<bottle>/agent",
            "egress": "<bottle>/egress",
            "git-gate": "<bottle>/git-gate",
            "pipelock": "<bottle>/pipelock",
            "supervise": "<bottle>/supervise"
          },
          "supervise": null
        }

        """##
}
