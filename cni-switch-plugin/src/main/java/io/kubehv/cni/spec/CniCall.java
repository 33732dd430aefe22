package io.kubehv.cni.spec;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import io.kubehv.api.v1alpha1.KubeHV;
import io.kubehv.api.v1alpha1.SwitchPort;
import io.kubehv.cni.fault.SwitchException;
import io.kubehv.cni.netlink.MacAddress;
import io.kubehv.cni.switching.ContainerInterface;
import io.kubehv.cni.switching.PortService.Attachment;
import io.kubehv.cni.switching.PortService.PodNetwork;
import java.io.IOException;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * One call of a runtime, as the shim has checked and passed it on.
 *
 * @param containerId {@code CNI_CONTAINERID}
 * @param namespacePath {@code CNI_NETNS}; empty where the namespace is gone
 * @param interfaceName {@code CNI_IFNAME}
 * @param arguments {@code CNI_ARGS}
 * @param configuration what the runtime wrote to standard input
 */
public record CniCall(
        CniCommand command,
        String containerId,
        String namespacePath,
        String interfaceName,
        Map<String, String> arguments,
        JsonNode configuration) {
    /** containerd's and CRI-O's name for the capability of being told a pod's annotations. */
    public static final String POD_ANNOTATIONS = "io.kubernetes.cri.pod-annotations";

    private static final JsonMapper JSON = JsonMapper.builder().build();
    private static final int HIGHEST_VLAN = 4094;
    private static final String VALID_ATTACHMENTS = "cni.dev/valid-attachments";

    /** Reads a call from its variables, as the shim passes them on, and its configuration. */
    public static CniCall of(
            String command,
            String containerId,
            String namespacePath,
            String interfaceName,
            String arguments,
            byte[] configuration)
            throws SwitchException {
        try {
            return new CniCall(
                    CniCommand.valueOf(command),
                    containerId,
                    namespacePath,
                    interfaceName,
                    arguments(arguments),
                    JSON.readTree(configuration));
        } catch (JsonProcessingException e) {
            throw new SwitchException.Undecodable(
                    "the configuration on standard input is no JSON: " + e.getOriginalMessage(), e);
        } catch (IOException e) {
            throw new SwitchException.Undecodable("the configuration can't be read: " + e.getMessage(), e);
        } catch (IllegalArgumentException e) {
            throw new SwitchException.InvalidEnvironment("CNI_COMMAND \"" + command + "\" is none of CNI 1.1.0's");
        }
    }

    private static Map<String, String> arguments(String text) throws SwitchException {
        Map<String, String> arguments = new HashMap<>();
        for (String pair : text.split(";", -1)) {
            if (!pair.isEmpty()) {
                String[] parts = pair.split("=", 2);
                if (parts.length != 2) {
                    throw new SwitchException.InvalidEnvironment(
                            "CNI_ARGS has \"" + pair + "\", which is no KEY=VALUE");
                }
                arguments.put(parts[0], parts[1]);
            }
        }
        return arguments;
    }

    /** The CNI version that the runtime speaks. */
    public String version() {
        return configuration.path("cniVersion").asText("0.1.0");
    }

    /** The pod's sandbox. */
    public Attachment attachment() {
        return new Attachment(
                containerId,
                namespacePath,
                interfaceName,
                arguments.getOrDefault("K8S_POD_NAMESPACE", ""),
                arguments.getOrDefault("K8S_POD_NAME", ""),
                arguments.getOrDefault("K8S_POD_UID", ""));
    }

    /**
     * The switch that the network is, where it is nothing else, as in a NetworkAttachmentDefinition; empty: this plug-in stands behind
     * the pods' own network.
     */
    public Optional<PodNetwork> network() throws SwitchException {
        JsonNode name = configuration.path("switch");
        if (name.isMissingNode() || name.isNull()) {
            return Optional.empty();
        }
        if (!name.isTextual() || name.asText().isEmpty()) {
            throw new SwitchException.InvalidConfiguration("switch must be the name of a VirtualSwitch");
        }
        JsonNode vlan = configuration.path("vlan");
        if (!vlan.isMissingNode() && (!vlan.canConvertToInt() || vlan.asInt() < 1 || vlan.asInt() > HIGHEST_VLAN)) {
            throw new SwitchException.InvalidConfiguration(
                    "vlan is " + vlan + ", but must be from 1 to 4094; leave it out for none");
        }
        return Optional.of(
                new PodNetwork(configuration.path("name").asText(), name.asText(), vlan.asInt(0), askedMacAddress()));
    }

    /** As a runtime tells it that knows the capability {@code mac}. */
    private @Nullable String askedMacAddress() throws SwitchException {
        JsonNode mac = configuration.path("runtimeConfig").path("mac");
        if (mac.isMissingNode() || mac.isNull()) {
            return null;
        }
        try {
            return new MacAddress(mac.asText()).text();
        } catch (IllegalArgumentException e) {
            throw new SwitchException.InvalidConfiguration("runtimeConfig.mac: " + e.getMessage());
        }
    }

    /** Whether plug-ins before this one have made something. */
    public boolean hasPreviousResult() {
        return configuration.path("prevResult").isObject();
    }

    /** The ports that the pod asks for in its annotation. */
    public List<SwitchPort> ports() throws SwitchException {
        JsonNode annotation =
                configuration.path("runtimeConfig").path(POD_ANNOTATIONS).path(KubeHV.SWITCH_PORTS_ANNOTATION);
        if (!annotation.isTextual()) {
            throw new SwitchException.InvalidConfiguration(
                    "runtimeConfig has no annotation " + KubeHV.SWITCH_PORTS_ANNOTATION + " of the pod's");
        }
        try {
            return SwitchPort.read(annotation.asText());
        } catch (IllegalArgumentException e) {
            throw new SwitchException.InvalidConfiguration(String.valueOf(e.getMessage()));
        }
    }

    /**
     * The attachments that a GC leaves alone. A list that is missing is an error: taken for empty, it would cost every VM of
     * the node its network. A null is how a runtime in Go writes an empty one. Only of a network that is nothing but a switch, and so
     * has no VMs, a runtime that leaves the list out is believed to want all gone, as cnitool does.
     */
    public Set<ContainerInterface> validAttachments() throws SwitchException {
        JsonNode list = configuration.path(VALID_ATTACHMENTS);
        if (list.isMissingNode() && network().isPresent()) {
            return Set.of();
        }
        if (!list.isArray() && !list.isNull()) {
            throw new SwitchException.InvalidConfiguration(
                    VALID_ATTACHMENTS + " is missing or no list: GC must be told what to leave alone");
        }
        Set<ContainerInterface> valid = new HashSet<>();
        for (JsonNode attachment : list) {
            JsonNode container = attachment.path("containerID");
            JsonNode interfaceName = attachment.path("ifname");
            if (!container.isTextual() || !interfaceName.isTextual()) {
                throw new SwitchException.InvalidConfiguration(
                        VALID_ATTACHMENTS + " has " + attachment + ", which needs containerID and ifname");
            }
            valid.add(new ContainerInterface(container.asText(), interfaceName.asText()));
        }
        return valid;
    }

    /** What an ADD answers where all went well: what the plug-ins before this one have made, untouched. */
    public String previousResult() throws SwitchException {
        JsonNode previous = configuration.path("prevResult");
        if (!previous.isObject()) {
            throw new SwitchException.InvalidConfiguration("prevResult is missing: this plug-in stands behind another");
        }
        return previous.toString();
    }

    /** How a failure is told. */
    public static String failure(String version, SwitchException failure) {
        return JSON.createObjectNode()
                .put("cniVersion", version)
                .put("code", failure.code())
                .put("msg", failure.getMessage())
                .toString();
    }
}
