# Images created in one year: the start is included, the end is not.
data "alicloud_images" "of_2024" {
  owners         = "system"
  name_regex     = "^ubuntu_"
  created_after  = "2024-01-01T00:00:00Z"
  created_before = "2025-01-01T00:00:00Z"
}

output "names" {
  value = data.alicloud_images.of_2024.images[*].name
}
