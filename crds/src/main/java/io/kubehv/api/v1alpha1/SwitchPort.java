package io.kubehv.api.v1alpha1;

import com.fasterxml.jackson.annotation.JsonIgnoreProperties;
import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.annotation.JsonProperty;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.type.TypeReference;
import com.fasterxml.jackson.databind.json.JsonMapper;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A port of a switch, as a VM's pod asks for it: the operator writes a list of them as JSON into the pod's annotation
 * {@link KubeHV#SWITCH_PORTS_ANNOTATION}, and the node's switch daemon makes them. An admission policy lets nobody else write
 * that annotation, so the daemon need not ask whether a namespace may use a switch.
 *
 * @param adapter the adapter's name in the VM
 * @param switchName the {@link VirtualSwitch}
 * @param device the tap's name in the pod's network namespace, at most 15 bytes
 * @param queues how many queues the tap has; one that is opened with a single queue must be made without IFF_MULTI_QUEUE, or
 *     the kernel refuses it
 * @param owner the user id that may open the tap
 * @param macAddress the adapter's own, in lower case
 * @param addresses those that the switch's subnets keep for it; the guest may use no others where there are any
 * @param hostName what DHCP tells the guest as its name
 * @param connected whether the cable is in
 * @param macAddressSpoofing frames with other MAC addresses pass
 * @param dhcpGuard what DHCP servers send does not pass
 * @param routerGuard router advertisements and redirects do not pass
 * @param vlan the adapter's VLANs; null: frames without a tag, among themselves
 * @param portMirroring its part in port mirroring
 * @param maximumBitsPerSecond the most that it sends, and the most that it gets; null: no limit
 * @param minimumWeight its share of a busy way out of the node; null: it shares a weight of 1 with all others that have none
 * @param minimumBitsPerSecond what it may send out of the node in any case; null: it shares a tenth with all others that have none
 * @param accessControl entries of which the longest prefix counts
 * @param stormLimit how many broadcast and multicast frames a second it may send; null: no limit
 * @param mtu the largest packet of the switch on the pod's node, in bytes, of an adapter that came to a running VM, for its
 *     guest to be told; null: not known yet, or there from the start, where the tap is asked
 */
@JsonInclude(JsonInclude.Include.NON_NULL)
@JsonIgnoreProperties(ignoreUnknown = true)
public record SwitchPort(
        String adapter,
        @JsonProperty("switch") String switchName,
        String device,
        int queues,
        long owner,
        String macAddress,
        List<String> addresses,
        @Nullable String hostName,
        boolean connected,
        boolean macAddressSpoofing,
        boolean dhcpGuard,
        boolean routerGuard,
        @Nullable Vlan vlan,
        @Nullable PortMirroring portMirroring,
        @Nullable Long maximumBitsPerSecond,
        @Nullable Integer minimumWeight,
        @Nullable Long minimumBitsPerSecond,
        List<AccessControl> accessControl,
        @Nullable Integer stormLimit,
        @Nullable Integer mtu) {
    private static final JsonMapper JSON = JsonMapper.builder().build();

    /** An absent list is empty. */
    public SwitchPort {
        addresses = addresses == null ? List.of() : List.copyOf(addresses);
        accessControl = accessControl == null ? List.of() : List.copyOf(accessControl);
    }

    /** With what its node told of the largest packet. */
    public SwitchPort withMtu(@Nullable Integer told) {
        return new SwitchPort(
                adapter,
                switchName,
                device,
                queues,
                owner,
                macAddress,
                addresses,
                hostName,
                connected,
                macAddressSpoofing,
                dhcpGuard,
                routerGuard,
                vlan,
                portMirroring,
                maximumBitsPerSecond,
                minimumWeight,
                minimumBitsPerSecond,
                accessControl,
                stormLimit,
                told);
    }

    /** The annotation's value. */
    public static String write(List<SwitchPort> ports) {
        try {
            return JSON.writeValueAsString(ports);
        } catch (JsonProcessingException e) {
            throw new IllegalStateException("ports of switches are always JSON", e);
        }
    }

    /**
     * Reads what {@link #write} wrote.
     *
     * @throws IllegalArgumentException if it is no list of ports
     */
    public static List<SwitchPort> read(String annotation) {
        try {
            return JSON.readValue(annotation, new TypeReference<List<SwitchPort>>() {});
        } catch (JsonProcessingException e) {
            throw new IllegalArgumentException(
                    "the annotation " + KubeHV.SWITCH_PORTS_ANNOTATION + " is no list of ports: "
                            + e.getOriginalMessage(),
                    e);
        }
    }
}
