# Needs nothing: no mock, no account. What the data source returns is written here.

override_data {
  target = data.alicloud_images.releases
  values = {
    images = [
      { id = "m-new", name = "web-server-2025.12" },
      { id = "m-old", name = "web-server-2025.11" },
    ]
  }
}

run "the_first_image_is_used" {
  assert {
    condition     = output.image_id == "m-new"
    error_message = "${output.image_id} is used instead."
  }
}

run "the_others_are_kept" {
  assert {
    condition     = join(", ", output.older) == "web-server-2025.11"
    error_message = "Kept are ${join(", ", output.older)}."
  }
}
