# All releases, the newest first: 2025.10 is newer than 2025.09, and would be newer than 2025.9.
data "alicloud_images" "releases" {
  owners        = "self"
  version_regex = "^web-server-([0-9.]+)$"
  sort_by       = "version_desc"
}

output "names" {
  value = data.alicloud_images.releases.images[*].name
}
