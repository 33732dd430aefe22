package io.kubehv.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import io.kubehv.api.v1alpha1.PowerState;
import io.kubehv.api.v1alpha1.VirtualMachineState;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

@OnCluster
class ValidationE2E {
    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
            spec.generation             | 3                       | less than or equal to 2             | generation: 3
            spec.memory                 | 1Ki                     | at least 32Mi                       | memory: {startup: 1Ki}
            spec.memory                 | lots                    | is not a quantity                   | memory: {startup: lots}
            spec.processor.count        | 0                       | greater than or equal to 1          | processor: {count: 0}
            spec.acceleration           | Maybe                   | "Required"                          | acceleration: Maybe
            spec.terminationGracePeriod | soon                    | such as 90s                         | terminationGracePeriod: soon
            spec                        | d                       | exactly one of virtualHardDisk      | disks: [{name: d}]
            spec.disks[0]               | d                       | exactly one of virtualHardDisk      | {fromCheckpoint: c, disks: [{name: d, virtualHardDisk: x, persistentVolumeClaim: z}]}
            spec.disks[0].name          | Root                    | rename it                           | disks: [{name: Root, virtualHardDisk: x}]
            spec.disks[0].template      | blank                   | exactly one source                  | disks: [{name: d, template: {size: 1Gi}}]
            spec.disks[0].template.size | lots                    | should match                        | disks: [{name: d, template: {size: lots, blank: {}}}]
            spec.powerState             | Maybe                   | "Saved"                             | powerState: Maybe
            spec                        | bootOrder               | give each its own number            | disks: [{name: a, virtualHardDisk: x, bootOrder: 1}, {name: b, virtualHardDisk: z, bootOrder: 1}]
            spec                        | virtualHardDisk         | is listed twice                     | disks: [{name: a, virtualHardDisk: x}, {name: b, virtualHardDisk: x}]
            spec.cloudInit              | userData                | remove one                          | cloudInit: {userData: a, userDataSecretName: b}
            spec.networkAdapters        | 9                       | at most 8                           | networkAdapters: [{name: a}, {name: b}, {name: c}, {name: d}, {name: e}, {name: f}, {name: g}, {name: h}, {name: i}]
            spec                        | IDE                     | use bus SCSI or Virtio              | disks: [{name: d, virtualHardDisk: x, bus: IDE}]
            spec                        | legacy                  | use generation 1                    | networkAdapters: [{name: a, legacy: true}]
            spec                        | Secure Boot             | use generation 2                    | {generation: 1, firmware: {secureBoot: {enabled: true}}}
            spec                        | TPM                     | use generation 2                    | {generation: 1, security: {tpm: {enabled: true}}}
            spec                        | shielded                | remove one                          | {security: {shielded: true}, firmware: {secureBoot: {enabled: false}}}
            spec                        | firmware.bootOrder      | write the names of disks            | firmware: {bootOrder: [nothing]}
            spec.firmware.bootOrder     | twice                   | remove one                          | {firmware: {bootOrder: [a, a]}, networkAdapters: [{name: a}]}
            spec.firmware.secureBoot    | Custom                  | give both or neither                | firmware: {secureBoot: {template: Custom}}
            spec.dvdDrives[0]           | d                       | remove one                          | dvdDrives: [{name: d, virtualHardDisk: x, persistentVolumeClaim: z}]
            spec                        | dvdDrives               | rename one of them                  | {disks: [{name: d, virtualHardDisk: x}], dvdDrives: [{name: d}]}
            spec                        | 4 IDE disks             | use bus SCSI                        | {generation: 1, disks: [{name: a, virtualHardDisk: x, bus: IDE}], dvdDrives: [{name: b}, {name: c}, {name: d}, {name: e}]}
            spec.processor              | maximum                 | raise it                            | processor: {count: 2, maximum: 1}
            spec.processor              | sockets                 | change one                          | processor: {count: 3, sockets: 2}
            spec.processor              | reserve                 | raise the limit                     | processor: {reserve: 60, limit: 50}
            spec.processor.compatibility | host,+evil             | processor model                     | processor: {compatibility: "host,+evil"}
            spec.memory                 | maximum 512Mi           | raise it                            | memory: {startup: 1Gi, maximum: 512Mi}
            spec.memory                 | maximum 1025Mi          | round it                            | memory: {startup: 1Gi, maximum: 1025Mi}
            spec.memory                 | maximum "lots"          | write for example 2Gi               | memory: {maximum: lots}
            spec.memory                 | hugePages               | remove one                          | memory: {maximum: 2Gi, hugePages: 2Mi}
            spec                        | memory.maximum          | remove one                          | {memory: {maximum: 2Gi}, processor: {exposeVirtualizationExtensions: true}}
            spec.comPorts[0].port       | 5900                    | take another                        | comPorts: [{number: 2, port: 5900}]
            spec.comPorts[0].number     | 1                       | greater than or equal to 2          | comPorts: [{number: 1, port: 5555}]
            spec.clock.timeZone         | ../etc                  | Europe/Berlin                       | clock: {timeZone: ../etc}
            spec.criticalErrorAction.timeout | never              | such as 90s                         | criticalErrorAction: {timeout: never}
            spec.automaticStartAction.delay | soon               | such as 90s                         | automaticStartAction: {delay: soon}
            spec.automaticStartAction.order | -1                 | greater than or equal to 0          | automaticStartAction: {order: -1}
            spec.automaticStopAction    | Nothing                 | "ShutDown"                          | automaticStopAction: Nothing
            spec.disks[0].qos           | minimumIOPS is above    | lower the one or raise the other    | disks: [{name: a, virtualHardDisk: x, qos: {minimumIOPS: 200, maximumIOPS: 100}}]
            spec.networkAdapters[0]     | 01:15:5d:00:00:01       | first octet even                    | networkAdapters: [{name: a, macAddress: "01:15:5d:00:00:01"}]
            spec.networkAdapters[0].networkBoot.url | ftp://boot/a | http:// or tftp://         | networkAdapters: [{name: a, networkBoot: {url: "ftp://boot/a"}}]
            spec.networkAdapters[0].networkBoot.url | http://boot  | URL of a file              | networkAdapters: [{name: a, networkBoot: {url: "http://boot"}}]
            spec.networkAdapters[0].networkBoot.url | Too long     | 127                        | networkAdapters: [{name: a, networkBoot: {url: "http://boot/0123456789012345678901234567890123456789012345678901234567890123456789012345678901234567890123456789012345678901234567890"}}]
            spec                        | networkBoot.url         | use generation 1 for tftp://        | networkAdapters: [{name: a, networkBoot: {url: "tftp://10.0.0.1/a"}}]
            spec                        | comPorts                | give each its own                   | comPorts: [{number: 2, port: 5555}, {number: 3, port: 5555}]
            spec                        | a serial port           | give it another                     | {comPorts: [{number: 2, port: 5555}], networkAdapters: [{name: a, ports: [{name: x, port: 5555}]}]}
            spec                        | the same port           | remove one                          | networkAdapters: [{name: a, ports: [{name: x, port: 80}]}, {name: b, ports: [{name: x, port: 80}]}]
            spec                        | called the same         | rename one of them                  | {firmware: {bootOrder: [a]}, disks: [{name: a, virtualHardDisk: x}], networkAdapters: [{name: a}]}
            spec                        | comPorts                | remove them                         | {security: {shielded: true}, comPorts: [{number: 2, port: 5555}]}
            spec                        | secureBoot.template     | use generation 2                    | {generation: 1, firmware: {secureBoot: {template: MicrosoftWindows}}}
            spec.memory                 | 12Ti                    | lower them                          | memory: {startup: 8Ei}
            spec.networkAdapters[0].macAddress | 00:00:00:00:00:00 | write another                      | networkAdapters: [{name: a, macAddress: "00:00:00:00:00:00"}]
            spec.cloudInit.userDataSecretName | "My_Secret"         | must be the name of an object       | cloudInit: {userDataSecretName: My_Secret}
            spec.disks[0].persistentVolumeClaim | "Claim"           | must be the name of an object       | disks: [{name: a, persistentVolumeClaim: Claim}]
            spec.nodeSelector           | rack: "a,b"             | must be the value of a label        | nodeSelector: {rack: "a,b"}
            spec.prozessor              | prozessor               | not declared                        | prozessor: {count: 2}
            """)
    void a_bad_manifest_is_refused_with_the_field_the_value_and_the_fix(
            String field, String value, String fix, String line, Laboratory laboratory) {
        String refusal = laboratory.refusal("""
                apiVersion: kubehv.io/v1alpha1
                kind: VirtualMachine
                metadata:
                  name: bad
                spec: %s
                """.formatted(line.startsWith("{") ? line : "{" + line + "}"));

        assertThat(refusal).contains(field).contains(value).contains(fix);
    }

    @Test
    void a_generation_can_not_change_and_a_disk_can_not_shrink(Laboratory laboratory) {
        laboratory.apply(Manifests.diskless("fixed", "  powerState: Off"));
        laboratory.apply(Manifests.disk("fixed", "64Mi", "blank: {}"));

        assertThat(laboratory.refusal(Manifests.diskless("fixed", "").replace("generation: 1", "generation: 2")))
                .contains("generation can not change from 1");
        assertThat(laboratory.refusal(Manifests.disk("fixed", "32Mi", "blank: {}")))
                .contains("size 32Mi is less than 64Mi");
    }

    @Test
    void an_unquoted_off_in_a_manifest_for_kubectl_is_the_power_state(Laboratory laboratory, @TempDir Path directory)
            throws IOException {
        Path manifest =
                Files.writeString(directory.resolve("off.yaml"), Manifests.diskless("unquoted", "  powerState: Off"));

        laboratory.kubectl("apply -f '" + manifest + "'");

        laboratory.machine("unquoted").awaitReady("True", "Off");
    }

    @Test
    void explain_tells_of_every_field_of_the_spec() {
        assertThat(Cluster.kubectl("explain", "vm.spec"))
                .contains("powerState")
                .contains("Running, Off, Paused or Saved")
                .contains("terminationGracePeriod");
    }

    @Test
    void the_table_answers_the_first_question(Laboratory laboratory) {
        laboratory.apply(Manifests.diskless("listed", ""));
        laboratory.machine("listed").awaitState(VirtualMachineState.RUNNING);
        laboratory.machine("listed").awaitReady("True", "Running");

        assertThat(laboratory.kubectl("get vm"))
                .containsPattern("NAME +STATE +READY +NODE +ADDRESS +MEMORY +AGE")
                .containsPattern("listed +Running +True +kubehv-worker2? +[0-9.]+ +64Mi");
        assertThat(laboratory.kubectl("get vm -o wide")).containsPattern("ACCELERATOR +GENERATION +GUEST-OS");
    }

    @Test
    void a_spec_is_never_written_and_a_git_ops_tool_sees_no_difference(Laboratory laboratory) {
        String manifest = Manifests.diskless("synced", "");
        laboratory.apply(manifest);
        Machine synced = laboratory.machine("synced");
        synced.awaitReady("True", "Running");
        laboratory.assertInSync(manifest);

        for (PowerState state :
                new PowerState[] {PowerState.PAUSED, PowerState.SAVED, PowerState.RUNNING, PowerState.OFF}) {
            String changed = Manifests.diskless(
                    "synced",
                    "  powerState: " + state.name().charAt(0)
                            + state.name().substring(1).toLowerCase(java.util.Locale.ROOT));
            laboratory.apply(changed);
            synced.awaitState(VirtualMachineState.valueOf(state.name()));
            laboratory.assertInSync(changed);
        }
    }
}
