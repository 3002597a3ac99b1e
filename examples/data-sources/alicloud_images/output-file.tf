# The images as a JSON file too, for what runs outside Terraform.
data "alicloud_images" "arm" {
  owners       = "system"
  architecture = "arm64"
  output_file  = "${path.module}/arm-images.json"
}

output "ids" {
  value = data.alicloud_images.arm.ids
}
