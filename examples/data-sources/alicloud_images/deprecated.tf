# Deprecated images are returned only if `status` names them.
data "alicloud_images" "web" {
  owners       = "self"
  image_family = "web"
  status       = "Available,Deprecated"
}

output "status_by_name" {
  value = { for image in data.alicloud_images.web.images : image.name => image.status }
}
