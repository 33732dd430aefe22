package io.kubehv.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import io.kubehv.e2e.AuditLog.Write;
import java.time.Instant;
import org.junit.jupiter.api.Test;

class AuditLogTest {
    /** As the API server 1.34 writes it, less what nobody reads here. */
    private static final String LINE = """
            {"kind":"Event","level":"Metadata","stage":"ResponseComplete",\
            "requestURI":"/apis/kubehv.io/v1alpha1/namespaces/a/virtualmachines/web/status?fieldManager=x",\
            "verb":"patch","user":{"username":"system:serviceaccount:kubehv-system:operator"},\
            "objectRef":{"resource":"virtualmachines","namespace":"a","name":"web","subresource":"status"},\
            "responseStatus":{"code":200},"requestReceivedTimestamp":"2026-11-23T04:31:54.816672Z"}""";

    @Test
    void a_line_tells_who_wrote_what_and_when() {
        Write write = AuditLog.write(AuditLog.parse(LINE));

        assertThat(write)
                .isEqualTo(new Write(
                        Instant.parse("2026-11-23T04:31:54.816672Z"),
                        "system:serviceaccount:kubehv-system:operator",
                        "patch",
                        "virtualmachines",
                        "status",
                        "web"));
        assertThat(write.isOfOurPrograms()).isTrue();
        assertThat(write.isOnMachine("web")).isTrue();
        assertThat(write.isOnPod("web")).isFalse();
    }
}
