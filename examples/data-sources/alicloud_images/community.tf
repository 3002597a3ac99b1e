# Every account can publish community images, so name the account.
data "alicloud_images" "nixos" {
  owners         = "others"
  is_public      = true
  image_owner_id = "1444333222111000"
  name_regex     = "^nixos-25\\.05"
  most_recent    = true
}

output "image" {
  value = {
    id       = data.alicloud_images.nixos.images[0].id
    supplier = data.alicloud_images.nixos.images[0].supplier_name
  }
}
