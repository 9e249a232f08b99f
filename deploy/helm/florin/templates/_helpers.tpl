{{- define "florin.name" -}}
{{- .Release.Name | trunc 50 | trimSuffix "-" }}-florin
{{- end }}

{{- define "florin.labels" -}}
app.kubernetes.io/name: florin
app.kubernetes.io/instance: {{ .Release.Name }}
app.kubernetes.io/version: {{ .Chart.AppVersion | quote }}
app.kubernetes.io/managed-by: {{ .Release.Service }}
{{- end }}

{{- define "florin.selector" -}}
app.kubernetes.io/name: florin
app.kubernetes.io/instance: {{ .Release.Name }}
{{- end }}

{{- define "florin.image" -}}
{{ .Values.image.repository }}:{{ .Values.image.tag | default .Chart.AppVersion }}
{{- end }}

{{- define "florin.security" -}}
allowPrivilegeEscalation: false
readOnlyRootFilesystem: true
runAsNonRoot: true
runAsUser: 10001
runAsGroup: 10001
capabilities:
  drop: [ALL]
seccompProfile:
  type: RuntimeDefault
{{- end }}

{{- define "florin.environment" -}}
envFrom:
  - configMapRef:
      name: {{ include "florin.name" . }}
  - secretRef:
      name: {{ required "secretName names the Secret with DATABASE_URL and FLORIN_VAULT__MASTER_KEY" .Values.secretName }}
{{- end }}
