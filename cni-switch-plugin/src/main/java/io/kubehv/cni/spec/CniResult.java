package io.kubehv.cni.spec;

import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.kubehv.cni.switching.PortService.PodInterface;
import io.kubehv.cni.switching.Subnet;
import java.net.InetAddress;
import java.util.List;
import java.util.Optional;

/** What an ADD answers that made an interface of a pod (CNI 1.1.0, "ADD Success", and its earlier forms). */
public final class CniResult {
    private static final JsonMapper JSON = JsonMapper.builder().build();
    private static final List<String> WITH_MTU = List.of("1.1.0");

    /** Their addresses say of which protocol they are. */
    private static final List<String> WITH_FAMILY = List.of("0.3.0", "0.3.1", "0.4.0");

    private CniResult() {}

    /**
     * The answer.
     *
     * @param version the CNI version that the runtime speaks
     * @param namespacePath the pod's
     */
    public static String of(String version, String namespacePath, PodInterface made) {
        ObjectNode result = JSON.createObjectNode().put("cniVersion", version);
        ArrayNode interfaces = result.putArray("interfaces");
        interfaces.addObject().put("name", made.link());
        ObjectNode own = interfaces
                .addObject()
                .put("name", made.name())
                .put("mac", made.macAddress())
                .put("sandbox", namespacePath);
        if (WITH_MTU.contains(version)) {
            own.put("mtu", made.mtu());
        }
        ArrayNode ips = result.putArray("ips");
        for (String text : made.addresses()) {
            InetAddress address = InetAddress.ofLiteral(text);
            Optional<Subnet> subnet = made.subnets().stream()
                    .filter(each -> each.contains(address))
                    .findFirst();
            if (subnet.isPresent()) {
                ips.add(ip(version, text, subnet.get()));
            }
        }
        result.putArray("routes");
        result.putObject("dns");
        return result.toString();
    }

    private static ObjectNode ip(String version, String address, Subnet subnet) {
        ObjectNode ip = JSON.createObjectNode();
        if (WITH_FAMILY.contains(version)) {
            ip.put("version", subnet.isIpv4() ? "4" : "6");
        }
        ip.put("address", address + "/" + subnet.prefixLength());
        if (subnet.gateway()) {
            ip.put("gateway", subnet.node().getHostAddress());
        }
        return ip.put("interface", 1);
    }
}
