{{/* The name of everything: at most 52 characters, so that a pod's name still fits into a label. */}}
{{- define "predictionx.name" -}}
{{- default .Release.Name .Values.nameOverride | trunc 52 | trimSuffix "-" -}}
{{- end -}}

{{/* What selects the pods. It can never change: a StatefulSet's selector is fixed. */}}
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

{{/* The name of the port, from which Prometheus and ingresses also see what is spoken there. */}}
{{- define "predictionx.scheme" -}}
{{- ternary "https" "http" (ne .Values.tls.existingSecret "") -}}
{{- end -}}

{{/* The port that influxdb.url names, or its scheme's. */}}
{{- define "predictionx.influxdbPort" -}}
{{- $url := urlParse .Values.influxdb.url -}}
{{- $port := regexFind ":[0-9]+$" $url.host | trimPrefix ":" -}}
{{- default (ternary "443" "80" (eq $url.scheme "https")) $port -}}
{{- end -}}

{{/* A probe of one path. */}}
{{- define "predictionx.probe" -}}
httpGet:
  path: {{ .path }}
  port: {{ include "predictionx.scheme" .root }}
  scheme: {{ include "predictionx.scheme" .root | upper }}
timeoutSeconds: 5
{{- end -}}
