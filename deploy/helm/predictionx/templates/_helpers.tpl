{{/* The name of all objects: at most 52 characters, so that the name of a pod still fits into a label. */}}
{{- define "predictionx.name" -}}
{{- default .Release.Name .Values.nameOverride | trunc 52 | trimSuffix "-" -}}
{{- end -}}

{{/* The labels that select the pods. They can never change, because the selector of a StatefulSet is fixed. */}}
{{- define "predictionx.selector" -}}
app.kubernetes.io/name: {{ .Chart.Name }}
app.kubernetes.io/instance: {{ .Release.Name }}
{{- end -}}

{{- define "predictionx.labels" -}}
{{ include "predictionx.selector" . }}
app.kubernetes.io/version: {{ .Chart.AppVersion | quote }}
helm.sh/chart: {{ printf "%s-%s" .Chart.Name .Chart.Version | replace "+" "_" }}
{{- end -}}

{{- define "predictionx.image" -}}
{{- with .Values.image -}}
{{- if .digest -}}
{{ printf "%s@%s" .repository .digest }}
{{- else -}}
{{ printf "%s:%s" .repository (default $.Chart.AppVersion .tag) }}
{{- end -}}
{{- end -}}
{{- end -}}

{{- define "predictionx.serviceAccount" -}}
{{- default (ternary (include "predictionx.name" .) "default" .Values.serviceAccount.create) .Values.serviceAccount.name -}}
{{- end -}}

{{/* The name of the port, which also tells Prometheus and ingresses the protocol. */}}
{{- define "predictionx.scheme" -}}
{{- ternary "https" "http" (ne .Values.tls.existingSecret "") -}}
{{- end -}}

{{/* The port in influxdb.url, or the default port of its scheme. */}}
{{- define "predictionx.influxdbPort" -}}
{{- $url := urlParse .Values.influxdb.url -}}
{{- $port := regexFind ":[0-9]+$" $url.host | trimPrefix ":" -}}
{{- default (ternary "443" "80" (eq $url.scheme "https")) $port -}}
{{- end -}}

{{/* A probe that requests one path. */}}
{{- define "predictionx.probe" -}}
httpGet:
  path: {{ .path }}
  port: {{ include "predictionx.scheme" .root }}
  scheme: {{ include "predictionx.scheme" .root | upper }}
timeoutSeconds: 5
{{- end -}}
