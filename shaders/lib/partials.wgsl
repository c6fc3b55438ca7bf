// The frame of statistics that are sums: each workgroup adds up tiles of octets, each invocation its own octets of a tile, in
// order. The host adds those partial sums in f64. Tiles are fixed, so that no cut and no number of workgroups changes a sum.
// The kernel's own file has find_settings() and add().
alias OutputWord = u32;

struct Sums {
  //@sum
  of_$p: vec4<f32>,
  //@end
}

// NaN and infinity as 0, where `careful`.
fn clean(value: vec4<f32>, careful: bool) -> vec4<f32> {
  return select(value, vec4<f32>(), vec4(careful) & (bits_of(value) >= vec4(0x7f800000u)));
}

fn sums_of(begin: u32, end: u32, careful: bool) -> Sums {
  var sums: Sums;
  for (var octet = begin; octet < end; octet += WORKGROUP) {
    let x = values_of(octet);
    let place = places_of(octet);
    add(&sums, x.even, place, careful);
    add(&sums, x.odd, place + vec4(1u), careful);
  }
  return sums;
}

fn is_finite(value: vec4<f32>) -> bool {
  return all(bits_of(value) < vec4(0x7f800000u));
}

fn total(value: vec4<f32>) -> u32 {
  return bitcast<u32>((value.x + value.y) + (value.z + value.w));
}

@compute @workgroup_size(WORKGROUP)
fn main(invocation: Invocation) {
  find_operands();
  find_settings();
  let octets = params[OCTETS];
  let tile_octets = setting(1u);
  let tiles = (octets + tile_octets - 1u) / tile_octets;
  let each = (tiles + invocation.groups.x - 1u) / invocation.groups.x;
  let end = min((invocation.group.x + 1u) * each, tiles);
  for (var tile = invocation.group.x * each; tile < end; tile++) {
    let first = tile * tile_octets;
    let last = min(first + tile_octets, octets);
    var sums = sums_of(first + invocation.local, last, false);
    var finite = true;
    //@sum
    finite = finite && is_finite(sums.of_$p);
    //@end
    if (!finite) {
      sums = sums_of(first + invocation.local, last, true);
    }
    let out = (tile * WORKGROUP + invocation.local) * SUMS;
    //@sum
    outputs[out + $pu] = total(sums.of_$p);
    //@end
  }
}
