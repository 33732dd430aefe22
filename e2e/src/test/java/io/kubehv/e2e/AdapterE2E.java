package io.kubehv.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import io.kubehv.api.v1alpha1.AttachedAdapter;
import io.kubehv.api.v1alpha1.PowerState;
import io.kubehv.api.v1alpha1.VirtualMachineState;
import org.junit.jupiter.api.Test;

/** Network adapters that come to a running VM and leave it, and their cables, by its spec alone. */
@OnCluster
class AdapterE2E {
    private static final String MAC = "00:15:5d:00:0a:";
    private static final String LATER = "- {name: later, macAddress: '" + MAC + "02'}";

    /** A guest that boots with a second way out answers us by that: so its cable is out then. */
    private static final String OUT = LATER.replace("}", ", connected: false}");

    /** The adapter that has a MAC address, as the guest calls it; nothing when there is none. */
    private static String find(Machine machine, String mac) {
        return machine.run(
                "for n in /sys/class/net/*; do [ \"$(cat $n/address)\" = " + mac + " ] && echo ${n##*/}; done; true");
    }

    private static String awaitAdapter(Laboratory laboratory, Machine machine, String mac) {
        laboratory
                .await("an adapter " + mac + " in the guest", Laboratory.SOON)
                .until(() -> !find(machine, mac).isEmpty());
        return find(machine, mac);
    }

    private static void awaitNoAdapter(Laboratory laboratory, Machine machine, String mac) {
        laboratory.await("no adapter " + mac + " in the guest", Laboratory.SOON).untilAsserted(() -> {
            assertThat(find(machine, mac)).isEmpty();
            assertThat(machine.get().getStatus().networkAdapters()).isNullOrEmpty();
        });
    }

    private static String with(int generation, String... adapters) {
        return Manifests.tiny("web", generation, String.join("\n", adapters).indent(2));
    }

    private static void assertNothingWaits(Machine machine) {
        assertThat(machine.get().getStatus().conditions())
                .noneMatch(condition -> condition.getType().equals("RestartRequired"));
    }

    @Test
    void an_adapter_comes_to_a_running_vm_gets_an_address_and_leaves(Laboratory laboratory) {
        laboratory.apply(with(2));
        Machine web = laboratory.machine("web");
        web.awaitGuest();
        String pod = web.podUid();

        laboratory.apply(with(2, LATER));
        String adapter = awaitAdapter(laboratory, web, MAC + "02");
        laboratory
                .await("the adapter in the status", Laboratory.SOON)
                .untilAsserted(() -> assertThat(web.get().getStatus().networkAdapters())
                        .containsExactly(new AttachedAdapter("later", true, "Attached", null)));
        assertNothingWaits(web);
        // Whose address is not set here: the guest's way to us would be another.
        assertThat(web.run("ip link set " + adapter + " up; udhcpc -i " + adapter + " -s /bin/true -n -q 2>&1"))
                .contains("lease of 192.0.2.47 obtained");

        web.power(PowerState.SAVED);
        web.awaitReady("False", "AdaptersChanged");
        web.power(PowerState.RUNNING);
        web.awaitReady("True", "Running");

        laboratory.apply(with(2));
        awaitNoAdapter(laboratory, web, MAC + "02");
        assertThat(web.podUid()).isEqualTo(pod);

        laboratory.apply(with(2, LATER));
        awaitAdapter(laboratory, web, MAC + "02");
        web.power(PowerState.OFF);
        web.awaitState(VirtualMachineState.OFF);
        laboratory.apply(with(2, OUT));
        web.power(PowerState.RUNNING);
        web.awaitGuest();
        awaitAdapter(laboratory, web, MAC + "02");
        assertThat(web.get().getStatus().networkAdapters()).isNullOrEmpty();
    }

    @Test
    void a_new_daemon_goes_on_with_the_adapters_that_came_while_the_vm_ran(Laboratory laboratory) {
        laboratory.apply(with(2));
        Machine web = laboratory.machine("web");
        web.awaitGuest();
        laboratory.apply(with(2, LATER));
        awaitAdapter(laboratory, web, MAC + "02");

        laboratory
                .client()
                .pods()
                .inNamespace("kubehv-system")
                .withLabel("app.kubernetes.io/name", "vmbus-daemon")
                .withField("spec.nodeName", web.node())
                .delete();
        assertThat(find(web, MAC + "02")).isNotEmpty();
        laboratory.apply(with(2));
        awaitNoAdapter(laboratory, web, MAC + "02");
    }

    @Test
    void a_vm_whose_own_adapter_left_and_came_back_is_saved_after_a_restart_only(Laboratory laboratory) {
        laboratory.apply(with(2, OUT));
        Machine web = laboratory.machine("web");
        web.awaitGuest();
        laboratory.apply(with(2));
        awaitNoAdapter(laboratory, web, MAC + "02");
        laboratory.apply(with(2, OUT));
        awaitAdapter(laboratory, web, MAC + "02");
        laboratory
                .await("the adapter in the status", Laboratory.SOON)
                .untilAsserted(() -> assertThat(web.get().getStatus().networkAdapters())
                        .containsExactly(new AttachedAdapter("later", true, "Attached", null)));
        web.power(PowerState.SAVED);
        web.awaitReady("False", "AdaptersChanged");

        web.power(PowerState.OFF);
        web.awaitState(VirtualMachineState.OFF);
        web.power(PowerState.RUNNING);
        web.awaitGuest();
        web.power(PowerState.SAVED);
        web.awaitState(VirtualMachineState.SAVED);
    }

    @Test
    void a_cable_is_pulled_out_and_put_in_in_any_generation(Laboratory laboratory) {
        for (int generation : new int[] {1, 2}) {
            laboratory.apply(with(generation, OUT));
            Machine web = laboratory.machine("web");
            web.awaitGuest();
            web.run("killall udhcpc");
            String carrier = "cat /sys/class/net/" + find(web, MAC + "02") + "/carrier";
            assertThat(web.run(carrier)).isEqualTo("0");

            laboratory.apply(with(generation, LATER));
            laboratory
                    .await("a cable that is in", Laboratory.SOON)
                    .untilAsserted(() -> assertThat(web.run(carrier)).isEqualTo("1"));
            laboratory.apply(with(generation, OUT));
            laboratory
                    .await("a cable that is out", Laboratory.SOON)
                    .untilAsserted(() -> assertThat(web.run(carrier)).isEqualTo("0"));
            assertNothingWaits(web);
            web.delete();
            web.awaitGone();
        }
    }

    @Test
    void an_adapter_that_comes_to_a_vm_of_generation_1_waits_for_its_restart(Laboratory laboratory) {
        laboratory.apply(with(1));
        Machine web = laboratory.machine("web");
        web.awaitGuest();
        laboratory.apply(with(1, LATER));
        web.awaitCondition("RestartRequired", "True", "SpecChanged");
        assertThat(web.get().getStatus().networkAdapters()).isNullOrEmpty();
        assertThat(find(web, MAC + "02")).isEmpty();
    }

    @Test
    void an_adapter_comes_to_a_virtual_switch_of_a_running_vm_gets_its_address_there_and_leaves(Laboratory laboratory) {
        try (TestSwitch later =
                TestSwitch.apply(laboratory, "later", "type: Internal\nsubnets: [{cidr: 10.91.77.0/24, dhcp: {}}]")) {
            String first = "- {name: lab, macAddress: '" + MAC + "0a', switch: " + later.name() + "}";
            String second = "- {name: test, macAddress: '" + MAC + "0b', switch: " + later.name() + "}";
            laboratory.apply(with(2, first));
            Machine web = laboratory.machine("web");
            web.awaitGuest();

            laboratory.apply(with(2, first, second));
            String adapter = awaitAdapter(laboratory, web, MAC + "0b");
            assertNothingWaits(web);
            String address = web.addresses("test").getFirst();
            assertThat(web.run("ip link set " + adapter + " up; udhcpc -i " + adapter + " -s /bin/true -n -q 2>&1"))
                    .contains("lease of " + address + " obtained");

            laboratory.apply(with(2, first));
            awaitNoAdapter(laboratory, web, MAC + "0b");
            laboratory
                    .await("a pod that asks for one port", Laboratory.SOON)
                    .untilAsserted(() -> assertThat(web.pod()
                                    .orElseThrow()
                                    .getMetadata()
                                    .getAnnotations()
                                    .get("kubehv.io/switch-ports"))
                            .contains("\"lab\"")
                            .doesNotContain("\"test\""));
        }
    }
}
