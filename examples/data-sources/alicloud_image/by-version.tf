# The newest 2025.x release of a golden image that Packer builds. The version is the part of the
# name in parentheses; the constraint leaves out release candidates.
data "alicloud_image" "golden" {
  owners             = "self"
  version_regex      = "^web-server-(.+)$"
  version_constraint = "~> 2025.1"
  sort_by            = "version_desc"
  limit              = 1
}

output "image_id" {
  value = data.alicloud_image.golden.id
}

output "version" {
  value = data.alicloud_image.golden.matched_version
}
