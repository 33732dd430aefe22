package io.kubehv.cni.switching;

import io.kubehv.api.v1alpha1.AccessControl;
import io.kubehv.api.v1alpha1.PortMirroring;
import io.kubehv.api.v1alpha1.SwitchPort;
import io.kubehv.api.v1alpha1.Vlan;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** A port as the operator asks for one, while it is put together: the adapter {@code lan} behind {@code tap0}, connected. */
public final class TestPort {
    private final String switchName;
    private final String macAddress;
    private final List<String> addresses;
    private boolean connected = true;
    private boolean macAddressSpoofing;
    private boolean dhcpGuard;
    private boolean routerGuard;
    private @Nullable Vlan vlan;
    private @Nullable PortMirroring mirroring;
    private @Nullable Long maximum;
    private @Nullable Integer minimumWeight;
    private @Nullable Long minimum;
    private List<AccessControl> accessControl = List.of();
    private @Nullable Integer stormLimit;

    private TestPort(String switchName, String macAddress, List<String> addresses) {
        this.switchName = switchName;
        this.macAddress = macAddress;
        this.addresses = addresses;
    }

    /** One with all guards off but that of its MAC address. */
    public static TestPort on(String switchName, String macAddress, String... addresses) {
        return new TestPort(switchName, macAddress, List.of(addresses));
    }

    /** One of many, which differ in their addresses. */
    public static TestPort numbered(int number) {
        return on("lab", "00:15:5d:00:%02x:%02x".formatted(number >> 8, number & 0xFF), "10.0.5." + (number % 250 + 1));
    }

    /** One that is like another until it is told otherwise. */
    public static TestPort like(SwitchPort port) {
        TestPort same = new TestPort(port.switchName(), port.macAddress(), port.addresses())
                .connected(port.connected())
                .guards(port.macAddressSpoofing(), port.dhcpGuard(), port.routerGuard())
                .vlan(port.vlan())
                .maximum(port.maximumBitsPerSecond())
                .minimum(port.minimumWeight(), port.minimumBitsPerSecond())
                .accessControl(port.accessControl())
                .stormLimit(port.stormLimit());
        same.mirroring = port.portMirroring();
        return same;
    }

    public TestPort connected(boolean is) {
        connected = is;
        return this;
    }

    public TestPort guards(boolean spoofing, boolean dhcp, boolean router) {
        macAddressSpoofing = spoofing;
        dhcpGuard = dhcp;
        routerGuard = router;
        return this;
    }

    public TestPort vlan(@Nullable Vlan its) {
        vlan = its;
        return this;
    }

    public TestPort mirroring(PortMirroring part) {
        mirroring = part;
        return this;
    }

    public TestPort maximum(@Nullable Long bitsPerSecond) {
        maximum = bitsPerSecond;
        return this;
    }

    public TestPort minimum(@Nullable Integer weight, @Nullable Long bitsPerSecond) {
        minimumWeight = weight;
        minimum = bitsPerSecond;
        return this;
    }

    public TestPort accessControl(List<AccessControl> entries) {
        accessControl = entries;
        return this;
    }

    public TestPort stormLimit(@Nullable Integer framesPerSecond) {
        stormLimit = framesPerSecond;
        return this;
    }

    public SwitchPort port() {
        return new SwitchPort(
                "lan",
                switchName,
                "tap0",
                1,
                0,
                macAddress,
                addresses,
                "guest",
                connected,
                macAddressSpoofing,
                dhcpGuard,
                routerGuard,
                vlan,
                mirroring,
                maximum,
                minimumWeight,
                minimum,
                accessControl,
                stormLimit,
                null);
    }
}
