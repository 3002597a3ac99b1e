# Only the IDs, in the order of the images, and how many images the service found.
data "alicloud_images" "windows" {
  owners             = "system"
  os_type            = "windows"
  name_regex         = "_en-us_"
  exclude_name_regex = "^win2016"
}

output "ids" {
  value = data.alicloud_images.windows.ids
}

output "found_by_the_service" {
  value = data.alicloud_images.windows.total_count
}
