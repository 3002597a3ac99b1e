# Deprecated images are left out unless they are asked for.
data "alicloud_images" "web" {
  owners       = "self"
  image_family = "web"
  status       = "Available,Deprecated"
}

output "status_by_name" {
  value = { for image in data.alicloud_images.web.images : image.name => image.status }
}
