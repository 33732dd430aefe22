package io.kubehv.operator.cluster;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.KubernetesClientException;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What the schemas of switches and of adapters on them refuse, and in which words. Nothing is stored. */
class SwitchSchemaIT {
    private KubernetesClient client;

    @BeforeEach
    void connect() {
        client = ApiServer.get().client();
    }

    @AfterEach
    void disconnect() {
        if (client != null) {
            client.close();
        }
    }

    private static Stream<Arguments> badSwitches() {
        return Stream.of(
                Arguments.of("{type: External}", "an External switch needs uplinks"),
                Arguments.of("{type: Internal, uplinks: [{interface: eth1}]}", "only an External switch has uplinks"),
                Arguments.of(
                        "{type: External, uplinks: [{interface: eth1}], subnets: [{cidr: 10.0.5.0/24}]}",
                        "an External switch has its network's own addresses"),
                Arguments.of(
                        "{type: External, uplinks: [{interface: 'a/b'}]}", "must be the name of a network interface"),
                Arguments.of(
                        "{type: Private, subnets: [{cidr: 10.0.5.0/24, gateway: true}]}",
                        "a Private switch hides the node"),
                Arguments.of("{type: Internal, subnets: [{cidr: 10.0.5.0/24, nat: true}]}", "nat needs gateway: true"),
                Arguments.of(
                        "{type: Internal, subnets: [{cidr: 10.0.5.0/24}, {cidr: 10.0.6.0/24}]}",
                        "at most one for IPv4 and one for IPv6"),
                Arguments.of("{type: Internal, subnets: [{cidr: 10.0.5.1/24}]}", "\"10.0.5.1/24\" must be a network"),
                Arguments.of("{type: Internal, subnets: [{cidr: 10.0.5.0/31}]}", "must have a prefix from 8 to 30"),
                Arguments.of("{type: Internal, subnets: [{cidr: 'fd00::/127'}]}", "from 32 to 126 for IPv6"),
                Arguments.of(
                        "{type: Internal, subnets: [{cidr: 10.0.5.0/24, dhcp: {range: 10.0.5.3}}]}",
                        "\"10.0.5.3\" must be two addresses with a hyphen"),
                Arguments.of(
                        "{type: Internal, subnets: [{cidr: 10.0.5.0/24, dhcp: {range: 10.0.5.3-10.0.6.9}}]}",
                        "10.0.5.3-10.0.6.9\" must lie in cidr 10.0.5.0/24"),
                Arguments.of(
                        "{type: Internal, subnets: [{cidr: 10.0.5.0/24, dhcp: {reservations: [{macAddress: 00-15, address: 10.0.5.7}]}}]}",
                        "\"00-15\" must be six pairs of hexadecimal digits"),
                Arguments.of(
                        "{type: Internal, subnets: [{cidr: 10.0.5.0/24, dhcp: {reservations: [{macAddress: '00:15:5d:00:00:01', address: 10.0.6.7}]}}]}",
                        "outside cidr"),
                Arguments.of(
                        "{type: Internal, subnets: [{cidr: 10.0.5.0/24, dns: [localhost]}]}",
                        "must be addresses of name servers"),
                Arguments.of("{type: Internal, mtu: 1000, subnets: [{cidr: 'fd00::/64'}]}", "at least 1280"),
                Arguments.of("{type: Private, uplinkBandwidth: fast}", "\"fast\" must be from 100k to 1T bits"),
                Arguments.of("{type: Private, uplinkBandwidth: 10}", "\"10\" must be from 100k to 1T bits"),
                Arguments.of("{type: Private, scope: Node, uplinkBandwidth: 1G}", "no way out that could be shared"),
                Arguments.of("{type: Private, minimumBandwidthMode: Fair}", "Weight"),
                Arguments.of(
                        "{type: External, uplinks: [{interface: eth1, nodeSelector: {ok: a, 'a b': c}}]}",
                        "uplinks[0].nodeSelector: Invalid value: \"object\": \"a b\" must be the key of a label"),
                Arguments.of(
                        "{type: External, uplinks: [{interface: eth1, nodeSelector: {rack: 'a,b'}}]}",
                        "rack: \"a,b\" must be the value of a label"),
                Arguments.of(
                        "{type: Internal, subnets: [{cidr: 10.0.5.0/24, podRanges: [{range: 10.0.5.3-10.0.5.9, nodeSelector: {'Example.ORG/a': b}}]}]}",
                        "\"Example.ORG/a\" must be the key of a label"),
                Arguments.of(
                        "{type: Private, allowedNamespaces: {matchLabels: {'/a': b}}}",
                        "allowedNamespaces.matchLabels: Invalid value: \"object\": \"/a\" must be the key of a label"),
                Arguments.of(
                        "{type: Private, allowedNamespaces: {matchLabels: {team: 'red '}}}",
                        "allowedNamespaces.matchLabels: Invalid value: \"object\": team: \"red \" must be the value of a label"),
                Arguments.of(
                        "{type: Private, allowedNamespaces: {matchExpressions: [{key: '-', operator: Exists}]}}",
                        "matchExpressions[0].key: Invalid value: \"string\": \"-\" must be the key of a label"),
                Arguments.of(
                        "{type: Private, allowedNamespaces: {matchExpressions: [{key: team, operator: Equals, values: [red]}]}}",
                        "team: the operator \"Equals\" must be In or NotIn with values"),
                Arguments.of(
                        "{type: Private, allowedNamespaces: {matchExpressions: [{operator: Exists}]}}",
                        "matchExpressions[0].key: Required value"),
                Arguments.of(
                        "{type: Private, allowedNamespaces: {matchExpressions: [{key: team, operator: In}]}}",
                        "team: the operator \"In\" must be In or NotIn with values"),
                Arguments.of(
                        "{type: Private, allowedNamespaces: {matchExpressions: [{key: team, operator: In, values: [red, 'blue!']}]}}",
                        "matchExpressions[0].values[1]: Invalid value: \"string\": \"blue!\" must be the value of a label"),
                Arguments.of("{type: Internal, mtu: 100}", "greater than or equal to 576"));
    }

    @ParameterizedTest
    @MethodSource("badSwitches")
    void a_switch_that_can_not_be_is_refused_in_words(String spec, String words) {
        assertThatThrownBy(() -> new DryRun(client).create("VirtualSwitch", spec))
                .isInstanceOf(KubernetesClientException.class)
                .hasMessageContaining(words);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "{type: Private}",
                "{type: External, uplinks: [{interface: eth1, nodeSelector: {rack: a}}, {interface: eth0.5}]}",
                "{type: Private, scope: Node, subnets: [{cidr: 10.0.5.0/24}], mtu: 9000}",
                "{type: External, uplinks: [{interface: eth1}], minimumBandwidthMode: Absolute, uplinkBandwidth: 2.5G}",
                "{type: Private, minimumBandwidthMode: None, uplinkBandwidth: 1000000000}",
                "{type: Private, allowedNamespaces: {}}",
                "{type: Private, allowedNamespaces: {matchLabels: {kubernetes.io/metadata.name: shop, Team_1: ''}, matchExpressions: [{key: a.b/C, operator: In, values: ['', x_Y.z-1]}, {key: d, operator: DoesNotExist}]}}",
                "{type: External, uplinks: [{interface: eth1, nodeSelector: {'kubernetes.io/hostname': worker-1, node-role.kubernetes.io/worker: ''}}]}",
                "{type: Internal, subnets: [{cidr: 10.0.5.0/24, gateway: true, nat: true, dns: [10.0.0.53], dhcp: {range: 10.0.5.10-10.0.5.20}}, {cidr: 'fd00:5::/64', dhcp: {}}]}"
            })
    void a_switch_that_can_be_is_taken(String spec) {
        assertThat(new DryRun(client)
                        .create("VirtualSwitch", spec)
                        .getMetadata()
                        .getUid())
                .isNotEmpty();
    }

    private static Stream<Arguments> badAdapters() {
        return Stream.of(
                Arguments.of(
                        "{name: lan, switch: lab, ports: [{name: http, port: 80}]}",
                        "adapter \"lan\": ports are reached through the pod, on the default switch only"),
                Arguments.of("{name: lan, macAddressSpoofing: true}", "adapter \"lan\": macAddressSpoofing, vlan"),
                Arguments.of("{name: lan, stormLimit: 5}", "need a VirtualSwitch; remove them, or name one in switch"),
                Arguments.of("{name: lan, bandwidth: {maximum: 1G}}", "need a VirtualSwitch"),
                Arguments.of(
                        "{name: lan, accessControl: [{action: Deny, remoteAddress: 10.0.0.1}]}",
                        "need a VirtualSwitch"),
                Arguments.of(
                        "{name: lan, switch: lab, bandwidth: {maximum: fast}}", "\"fast\" must be from 8k to 1T bits"),
                Arguments.of(
                        "{name: lan, switch: lab, bandwidth: {maximum: 100}}", "\"100\" must be from 8k to 1T bits"),
                Arguments.of("{name: lan, switch: lab, bandwidth: {minimum: 1k}}", "\"1k\" must be from 8k to 1T bits"),
                Arguments.of(
                        "{name: lan, switch: lab, bandwidth: {minimum: 2G, maximum: 1G}}",
                        "minimum is above maximum; raise maximum or lower minimum"),
                Arguments.of(
                        "{name: lan, switch: lab, bandwidth: {minimum: 1G, minimumWeight: 5}}",
                        "minimum and minimumWeight exclude each other"),
                Arguments.of("{name: lan, switch: lab, bandwidth: {minimumWeight: 101}}", "less than or equal to 100"),
                Arguments.of("{name: lan, bandwidth: {minimumWeight: 5}}", "need a VirtualSwitch"),
                Arguments.of("{name: lan, switch: 'a/b'}", "\"a/b\" must be the name of a VirtualSwitch"),
                Arguments.of(
                        "{name: lan, switch: lab, accessControl: [{action: Deny, remoteAddress: example.org}]}",
                        "\"example.org\" must be an address or a network"),
                Arguments.of(
                        "{name: lan, switch: lab, vlan: {}}", "exactly one is needed of access, trunk and private"),
                Arguments.of("{name: lan, switch: lab, vlan: {access: {id: 4095}}}", "less than or equal to 4094"),
                Arguments.of(
                        "{name: lan, switch: lab, vlan: {trunk: {allowed: '1-4095'}}}",
                        "\"1-4095\" must be VLANs from 1 to 4094"),
                Arguments.of(
                        "{name: lan, switch: lab, vlan: {private: {mode: Isolated, primary: 10}}}", "need secondary"),
                Arguments.of("{name: lan, vlan: {access: {id: 10}}}", "need a VirtualSwitch"),
                Arguments.of("{name: lan, portMirroring: Source}", "need a VirtualSwitch"),
                Arguments.of("{name: lan, switch: lab, stormLimit: 0}", "greater than or equal to 1"),
                Arguments.of(
                        "{name: lan, macAddress: '00:15:5d:00:00:0a'}, {name: dmz, macAddress: '00:15:5D:00:00:0A'}",
                        "two adapters have the same macAddress"));
    }

    @ParameterizedTest
    @MethodSource("badAdapters")
    void an_adapter_that_can_not_be_is_refused_in_words(String adapters, String words) {
        assertThatThrownBy(() -> new DryRun(client).create("VirtualMachine", "{networkAdapters: [" + adapters + "]}"))
                .isInstanceOf(KubernetesClientException.class)
                .hasMessageContaining(words);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "{name: lan, dhcpGuard: true, routerGuard: true, portMirroring: None, macAddressSpoofing: false}",
                "{name: lan, switch: lab, macAddressSpoofing: true, bandwidth: {maximum: 1000000}, accessControl: [{action: Meter, remoteAddress: 'fd00::/8', direction: Inbound}]}",
                "{name: lan, switch: lab, vlan: {trunk: {allowed: '1,10-20,4094', native: 5}}, portMirroring: Destination}",
                "{name: lan, switch: lab, bandwidth: {minimum: 100M, maximum: 1G}}",
                "{name: lan, switch: lab, bandwidth: {minimumWeight: 100}}",
                "{name: lan, switch: lab.example, bandwidth: {maximum: 2.5G}, connected: false}"
            })
    void an_adapter_that_can_be_is_taken(String adapter) {
        assertThat(new DryRun(client)
                        .create("VirtualMachine", "{networkAdapters: [" + adapter + "]}")
                        .getMetadata()
                        .getUid())
                .isNotEmpty();
    }
}
