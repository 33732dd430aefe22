package io.kubehv.operator;

import io.fabric8.kubernetes.client.KubernetesClient;
import io.kubehv.api.v1alpha1.HttpFolder;
import jakarta.enterprise.context.ApplicationScoped;

/** Whether the Secret and the ConfigMap that a web server's place names are there. They are asked for by name, and not watched. */
@ApplicationScoped
public class WebReferences {
    private final KubernetesClient client;

    public WebReferences(KubernetesClient client) {
        this.client = client;
    }

    /** What is missing, and what to do; empty: nothing. */
    public String missing(String namespace, HttpFolder http) {
        if (http.secretName() != null
                && client.secrets()
                                .inNamespace(namespace)
                                .withName(http.secretName())
                                .get()
                        == null) {
            return "there is no Secret \"" + http.secretName()
                    + "\" in its namespace, which http.secretName names; create it";
        }
        if (http.caConfigMapName() != null
                && client.configMaps()
                                .inNamespace(namespace)
                                .withName(http.caConfigMapName())
                                .get()
                        == null) {
            return "there is no ConfigMap \"" + http.caConfigMapName()
                    + "\" in its namespace, which http.caConfigMapName names; create it";
        }
        return "";
    }
}
