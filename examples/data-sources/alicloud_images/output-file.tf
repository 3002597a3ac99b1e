# Also writes the images to a JSON file, for programs outside Terraform.
data "alicloud_images" "arm" {
  owners       = "system"
  architecture = "arm64"
  output_file  = "${path.module}/arm-images.json"
}

output "ids" {
  value = data.alicloud_images.arm.ids
}
