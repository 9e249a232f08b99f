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

{{- define "florin.secret" -}}
{{ required "secretName names the Secret with DATABASE_URL and FLORIN_VAULT__MASTER_KEY" .Values.secretName }}
{{- end }}

{{- define "florin.environment" -}}
envFrom:
  - configMapRef:
      name: {{ include "florin.name" . }}
  {{- if not .Values.secretFiles }}
  - secretRef:
      name: {{ include "florin.secret" . }}
  {{- end }}
{{- with .Values.secretFiles }}
env:
  {{- range . }}
  - { name: {{ . }}_FILE, value: /run/secrets/florin/{{ . }} }
  {{- end }}
{{- end }}
{{- end }}

{{- define "florin.secretMount" -}}
{{- if .Values.secretFiles }}
- { name: secrets, mountPath: /run/secrets/florin, readOnly: true }
{{- end }}
{{- end }}

{{- define "florin.secretVolume" -}}
{{- if .Values.secretFiles }}
- name: secrets
  secret:
    secretName: {{ include "florin.secret" . }}
    defaultMode: 0440
{{- end }}
{{- end }}
