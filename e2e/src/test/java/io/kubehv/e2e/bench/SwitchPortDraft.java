package io.kubehv.e2e.bench;

import io.kubehv.api.v1alpha1.AccessControl;
import io.kubehv.api.v1alpha1.SwitchPort;
import io.kubehv.api.v1alpha1.Vlan;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** A port of the switch {@code lab} while it is put together; its pod and adapter have one name. */
final class SwitchPortDraft {
    private final String pod;
    private final String mac;
    private String device = "tap0";
    private List<String> addresses;
    private boolean spoofing;
    private boolean dhcpGuard;
    private boolean routerGuard;
    private @Nullable Integer stormLimit;
    private @Nullable Vlan vlan;
    private @Nullable Long maximum;
    private List<AccessControl> list = List.of();

    SwitchPortDraft(String pod, String mac, String address) {
        this.pod = pod;
        this.mac = mac;
        this.addresses = List.of(address);
    }

    SwitchPortDraft device(String tap) {
        device = tap;
        return this;
    }

    SwitchPortDraft spoofing(boolean is) {
        spoofing = is;
        return this;
    }

    SwitchPortDraft withoutAddress() {
        addresses = List.of();
        return this;
    }

    SwitchPortDraft dhcp() {
        dhcpGuard = true;
        return this;
    }

    SwitchPortDraft router() {
        routerGuard = true;
        return this;
    }

    SwitchPortDraft storm(int framesPerSecond) {
        stormLimit = framesPerSecond;
        return this;
    }

    SwitchPortDraft vlan(int id) {
        vlan = new Vlan(new Vlan.AccessVlan(id), null, null);
        return this;
    }

    SwitchPortDraft maximum(long bitsPerSecond) {
        maximum = bitsPerSecond;
        return this;
    }

    SwitchPortDraft list(List<AccessControl> entries) {
        list = entries;
        return this;
    }

    SwitchPort port() {
        return new SwitchPort(
                pod,
                "lab",
                device,
                1,
                0,
                mac,
                addresses,
                pod,
                true,
                spoofing,
                dhcpGuard,
                routerGuard,
                vlan,
                null,
                maximum,
                null,
                null,
                list,
                stormLimit,
                null);
    }
}
