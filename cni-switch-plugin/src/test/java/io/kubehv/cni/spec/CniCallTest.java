package io.kubehv.cni.spec;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import io.kubehv.cni.fault.SwitchException;
import io.kubehv.cni.switching.ContainerInterface;
import io.kubehv.cni.switching.PortService.Attachment;
import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class CniCallTest {
    private static final JsonMapper JSON = JsonMapper.builder().build();
    private static final String PORTS =
            "[{\\\"adapter\\\":\\\"lan\\\",\\\"switch\\\":\\\"lab\\\",\\\"device\\\":\\\"tap0\\\",\\\"macAddress\\\":\\\"00:15:5d:00:00:01\\\"}]";

    private static CniCall call(String command, String arguments, String configuration) throws SwitchException {
        return CniCall.of(
                command, "abc", "/run/netns/abc", "eth0", arguments, configuration.getBytes(StandardCharsets.UTF_8));
    }

    private static CniCall call(String configuration) throws SwitchException {
        return call("ADD", "", configuration);
    }

    private static String annotated(String value) {
        return "{\"runtimeConfig\":{\"io.kubernetes.cri.pod-annotations\":{\"kubehv.io/switch-ports\":" + value + "}}}";
    }

    @Test
    void a_pod_is_known_by_the_runtime_s_arguments() throws Exception {
        assertThat(call(
                                "ADD",
                                "IgnoreUnknown=1;K8S_POD_NAMESPACE=lab;K8S_POD_NAME=web;K8S_POD_UID=u=1",
                                "{\"cniVersion\":\"1.0.0\"}")
                        .attachment())
                .isEqualTo(new Attachment("abc", "/run/netns/abc", "eth0", "lab", "web", "u=1"));
        assertThat(call("{}").attachment()).isEqualTo(new Attachment("abc", "/run/netns/abc", "eth0", "", "", ""));
    }

    @Test
    void an_argument_without_a_value_is_named() {
        assertThatThrownBy(() -> call("ADD", "K8S_POD_NAME=web;oops", "{}"))
                .isInstanceOf(SwitchException.InvalidEnvironment.class)
                .hasMessageContaining("\"oops\"");
    }

    @Test
    void a_command_that_cni_does_not_have_is_named() {
        assertThatThrownBy(() -> call("MOVE", "", "{}"))
                .isInstanceOf(SwitchException.InvalidEnvironment.class)
                .hasMessageContaining("MOVE");
    }

    @Test
    void a_configuration_that_is_cut_short_can_t_be_decoded() {
        assertThatThrownBy(() -> call("{\"cniVersion\":"))
                .isInstanceOf(SwitchException.Undecodable.class)
                .hasMessageContaining("no JSON");
    }

    @Test
    void the_ports_are_those_of_the_pod_s_annotation() throws Exception {
        assertThat(call(annotated("\"" + PORTS + "\"")).ports())
                .singleElement()
                .satisfies(port -> assertThat(port.switchName()).isEqualTo("lab"));
    }

    @ParameterizedTest
    @ValueSource(strings = {"null", "[]", "7", "\"{\"", "\"{}\""})
    void an_annotation_that_is_no_list_of_ports_is_named(String value) {
        assertThatThrownBy(() -> call(annotated(value)).ports())
                .isInstanceOf(SwitchException.InvalidConfiguration.class)
                .hasMessageContaining("kubehv.io/switch-ports");
    }

    @Test
    void the_result_of_the_plug_ins_before_is_passed_on_with_all_that_we_do_not_know() throws Exception {
        String previous =
                "{\"cniVersion\":\"1.1.0\",\"ips\":[{\"address\":\"10.0.0.2/24\"}],\"x\":{\"y\":[1,null,\"ä\"]}}";
        assertThat(JSON.readTree(call("{\"prevResult\":" + previous + "}").previousResult()))
                .isEqualTo(JSON.readTree(previous));
        assertThatThrownBy(() -> call("{\"prevResult\":null}").previousResult())
                .isInstanceOf(SwitchException.InvalidConfiguration.class);
    }

    @Test
    void a_collection_spares_what_the_runtime_lists() throws Exception {
        assertThat(call("{\"cni.dev/valid-attachments\":[{\"containerID\":\"a\",\"ifname\":\"eth0\"}]}")
                        .validAttachments())
                .containsExactly(new ContainerInterface("a", "eth0"));
        assertThat(call("{\"cni.dev/valid-attachments\":[]}").validAttachments())
                .isEmpty();
        // As a runtime in Go writes its empty list.
        assertThat(call("{\"cni.dev/valid-attachments\":null}").validAttachments())
                .isEmpty();
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "{}",
                "{\"cni.dev/valid-attachments\":{}}",
                "{\"cni.dev/valid-attachments\":[\"a\"]}",
                "{\"cni.dev/valid-attachments\":[{\"containerID\":\"a\"}]}"
            })
    void a_collection_that_does_not_say_what_to_spare_removes_nothing(String configuration) {
        assertThatThrownBy(() -> call(configuration).validAttachments())
                .isInstanceOf(SwitchException.InvalidConfiguration.class)
                .hasMessageContaining("cni.dev/valid-attachments");
    }

    @Test
    void a_failure_is_told_as_json_whatever_its_message_has_in_it() throws Exception {
        JsonNode error = JSON.readTree(CniCall.failure("1.0.0", new SwitchException.TryAgainLater("a \"b\"\n\\")));
        assertThat(error.path("cniVersion").asText()).isEqualTo("1.0.0");
        assertThat(error.path("code").asInt()).isEqualTo(11);
        assertThat(error.path("msg").asText()).isEqualTo("a \"b\"\n\\");
    }
}
