package io.kubehv.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import io.fabric8.kubernetes.client.dsl.Resource;
import io.kubehv.api.v1alpha1.VirtualSwitch;

/** A switch of a test, which outlives it as long as VMs are on it. */
record TestSwitch(Laboratory laboratory, String name) implements AutoCloseable {
    static TestSwitch apply(Laboratory laboratory, String name, String spec) {
        TestSwitch made = new TestSwitch(laboratory, laboratory.namespace() + "-" + name);
        made.change(spec);
        return made;
    }

    void change(String spec) {
        laboratory.apply("""
                apiVersion: kubehv.io/v1alpha1
                kind: VirtualSwitch
                metadata:
                  name: %s
                spec:
                %s
                """.formatted(name, spec.indent(2)));
    }

    VirtualSwitch get() {
        return resource().get();
    }

    private Resource<VirtualSwitch> resource() {
        return laboratory.client().resources(VirtualSwitch.class).withName(name);
    }

    /** Gives a node an address on the switch, by hand. */
    void addAddress(String node, String address) {
        String _ = laboratory
                .cluster()
                .onNode(
                        node,
                        "sh",
                        "-c",
                        "ip addr add %s dev kvs$(printf %%s %s | sha256sum | cut -c1-12)".formatted(address, name));
    }

    void awaitReady(String status, String reason) {
        laboratory
                .await("switch " + name + " with the reason " + reason, Laboratory.SOON)
                .untilAsserted(() -> assertThat(get().getStatus().conditions())
                        .as(
                                "conditions of %s, of which the nodes say %s",
                                name, get().getStatus().nodes())
                        .anyMatch(condition -> condition.getType().equals("Ready")
                                && condition.getStatus().equals(status)
                                && condition.getReason().equals(reason)));
    }

    void delete() {
        resource().delete();
    }

    @Override
    public void close() {
        delete();
    }
}
