# The same with every field of an image, as OpenTofu requires it. Generated from the schema.
# The override is part of the run: OpenTofu would keep it for the files that follow otherwise.

run "a_complete_image_is_used" {
  override_data {
    target = data.alicloud_images.releases
    values = {
      images = [
        {
          architecture                = ""
          boot_mode                   = ""
          creation_time               = ""
          description                 = ""
          detection_options           = { items = [{ name = "", risk_code = "", risk_level = "", value = "" }], status = "" }
          disk_device_mappings        = [{ device = "", encrypted = false, format = "", import_oss_bucket = "", import_oss_object = "", progress = "", remain_time = 0, size = "", snapshot_id = "", type = "" }]
          features                    = { cpu_online_downgrade = "", cpu_online_upgrade = "", imds_support = "", memory_online_downgrade = "", memory_online_upgrade = "", nvme_support = "" }
          id                          = "m-new"
          image_family                = ""
          image_id                    = "m-new"
          image_owner_alias           = ""
          image_owner_id              = ""
          image_version               = ""
          is_copied                   = false
          is_public                   = false
          is_self_shared              = ""
          is_subscribed               = false
          is_support_cloud_init       = false
          is_support_io_optimized     = false
          license_type                = ""
          login_as_non_root_supported = false
          name                        = "web-server-2025.12"
          os_name                     = ""
          os_name_en                  = ""
          os_type                     = ""
          platform                    = ""
          product_code                = ""
          progress                    = ""
          resource_group_id           = ""
          secure_boot_options         = { secure_boot_support = "" }
          size                        = 0
          state                       = ""
          status                      = ""
          supplier_name               = ""
          tags                        = {}
          usable                      = false
          usage                       = ""
        },
      ]
    }
  }

  assert {
    condition     = output.image_id == "m-new" && output.name == "web-server-2025.12"
    error_message = "${output.image_id}, ${output.name} is used instead."
  }
}
