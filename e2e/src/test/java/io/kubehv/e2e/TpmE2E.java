package io.kubehv.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import io.fabric8.kubernetes.api.model.Secret;
import io.fabric8.kubernetes.api.model.SecretBuilder;
import io.kubehv.api.v1alpha1.PowerState;
import io.kubehv.api.v1alpha1.VirtualMachineState;
import java.util.Base64;
import org.junit.jupiter.api.Test;

/** The virtual TPM: what is sealed to it stays sealed to it, and its state is of no use without its key. */
@OnCluster
class TpmE2E {
    private static final String WITH_TPM = """
              security:
                tpm:
                  enabled: true
            """;

    @Test
    void a_secret_that_is_sealed_to_the_boot_survives_a_restart_and_a_save(Laboratory laboratory) {
        laboratory.apply(sealing("vault"));
        Machine vault = laboratory.machine("vault");
        vault.awaitConsole("e2e: SecureBoot enabled");
        vault.awaitConsole("e2e: adapter office");
        vault.awaitConsole("e2e: boot 1 unsealed s3cret");

        vault.power(PowerState.OFF);
        vault.awaitState(VirtualMachineState.OFF);
        vault.power(PowerState.RUNNING);
        vault.awaitConsole("e2e: boot 2 unsealed s3cret");

        vault.power(PowerState.SAVED);
        vault.awaitState(VirtualMachineState.SAVED);
        laboratory
                .await("no pod of a saved VM", Laboratory.SOON)
                .until(() -> vault.pod().isEmpty());
        vault.power(PowerState.RUNNING);
        vault.awaitState(VirtualMachineState.RUNNING);
        vault.awaitConsole("e2e: boot 2 unsealed s3cret");
    }

    /** A Debian guest that seals a secret at its first boot, to what was booted, and opens it every few seconds. */
    static String sealing(String name) {
        return sealing(name, """
                  - name: root
                    template:
                      size: 4Gi
                      containerImage:
                        image: kubehv/guest-debian:13
                """);
    }

    /** The same on other disks: lines of the spec. */
    static String sealing(String name, String disks) {
        return """
                apiVersion: kubehv.io/v1alpha1
                kind: VirtualMachine
                metadata:
                  name: %s
                spec:
                  memory:
                    startup: 768Mi
                  disks:
                %s
                  networkAdapters:
                  - name: office
                    deviceNaming: true
                  security:
                    tpm:
                      enabled: true
                  cloudInit:
                    userData: |
                      #cloud-config
                      write_files:
                      - path: /usr/local/bin/unseal
                        permissions: '0755'
                        content: |
                          #!/bin/sh
                          export TPM2TOOLS_TCTI=device:/dev/tpmrm0
                          mkdir -p /var/lib/e2e && cd /var/lib/e2e
                          echo >> boots
                          echo "e2e: $(mokutil --sb-state | head -n 1)" > /dev/ttyS0
                          echo "e2e: adapter $(ls /sys/class/net | grep -vx lo)" > /dev/ttyS0
                          tpm2_createprimary -Q -c primary.ctx
                          if [ ! -e sealed.pub ]; then
                              tpm2_createpolicy -Q --policy-pcr -l sha256:7 -L policy
                              printf s3cret | tpm2_create -Q -C primary.ctx -L policy -i - -u sealed.pub -r sealed.priv
                          fi
                          tpm2_load -Q -C primary.ctx -u sealed.pub -r sealed.priv -c sealed.ctx
                          while true; do
                              echo "e2e: boot $(wc -l < boots) unsealed $(tpm2_unseal -c sealed.ctx -p pcr:sha256:7)" > /dev/ttyS0
                              sleep 5
                          done
                      - path: /etc/systemd/system/unseal.service
                        content: |
                          [Service]
                          ExecStart=/usr/local/bin/unseal
                          [Install]
                          WantedBy=multi-user.target
                      runcmd:
                      - [systemctl, enable, --now, unseal.service]
                """.formatted(name, disks.stripTrailing());
    }

    @Test
    void without_its_key_a_vm_with_a_tpm_does_not_start_and_says_why(Laboratory laboratory) {
        laboratory.apply(Manifests.tiny("vault", 2, WITH_TPM));
        Machine vault = laboratory.machine("vault");
        vault.awaitConsole("tiny: tpm 2");
        Secret key = secret(laboratory, "vault-tpm-key");
        assertThat(Base64.getDecoder().decode(key.getData().get("key"))).hasSize(32);
        assertThat(key.getMetadata().getOwnerReferences())
                .as("who keeps a copy of the state needs the key after the VM is gone")
                .isEmpty();
        vault.power(PowerState.OFF);
        vault.awaitState(VirtualMachineState.OFF);

        laboratory.client().resource(key).delete();
        vault.power(PowerState.RUNNING);
        vault.awaitReady("False", "SecretNotFound");
        assertThat(vault.conditionMessage("Ready")).contains("vault-tpm-key").contains("restore the Secret");

        create(laboratory, key, Base64.getEncoder().encodeToString(new byte[32]));
        laboratory
                .await("a refusal of the wrong key", Laboratory.BOOT)
                .untilAsserted(() -> assertThat(vault.conditionMessage("Ready"))
                        .contains("another key than the VM's TPM was made with"));
        assertThat(vault.get().getStatus().state()).isEqualTo(VirtualMachineState.STARTING);

        vault.power(PowerState.OFF);
        vault.awaitState(VirtualMachineState.OFF);
        laboratory.client().resource(secret(laboratory, "vault-tpm-key")).delete();
        create(laboratory, key, key.getData().get("key"));
        vault.power(PowerState.RUNNING);
        vault.awaitConsole("tiny: tpm 2");
    }

    private static Secret secret(Laboratory laboratory, String name) {
        return laboratory
                .client()
                .secrets()
                .inNamespace(laboratory.namespace())
                .withName(name)
                .get();
    }

    private static void create(Laboratory laboratory, Secret like, String key) {
        laboratory
                .client()
                .resource(new SecretBuilder()
                        .withNewMetadata()
                        .withName(like.getMetadata().getName())
                        .withNamespace(laboratory.namespace())
                        .endMetadata()
                        .addToData("key", key)
                        .build())
                .create();
    }

    @Test
    void a_shielded_guest_shows_nothing_to_who_runs_it(Laboratory laboratory) {
        laboratory.apply(Manifests.tiny("secret", 2, """
                  security:
                    shielded: true
                """));
        Machine secret = laboratory.machine("secret");
        secret.awaitGuest();

        assertThat(secret.run("/etc/facts")).contains("tiny: secure-boot on", "tiny: tpm 2");
        assertThat(secret.console()).doesNotContain("tiny:");
        String command = laboratory.inContainer("secret", "cat", "/proc/1/cmdline");
        assertThat(command).doesNotContain("-vnc").doesNotContain("isa-serial").doesNotContain("guest-agent");
    }
}
