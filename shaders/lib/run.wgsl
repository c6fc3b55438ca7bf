struct Invocation {
  @builtin(local_invocation_index) local: u32,
  @builtin(workgroup_id) group: vec3<u32>,
  @builtin(num_workgroups) groups: vec3<u32>,
}

// The octets begin, begin + WORKGROUP, ... below `end` of one invocation. Those of a workgroup are neighbours: a software
// adapter carries a few invocations to their end before it begins the next few, and walks through memory that way.
struct Run {
  begin: u32,
  end: u32,
}

fn run_of(invocation: Invocation) -> Run {
  let octets = params[OCTETS];
  let groups = invocation.groups.x;
  let rows = (octets + WORKGROUP - 1u) / WORKGROUP;
  let each = (rows + groups - 1u) / groups * WORKGROUP;
  let first = min(invocation.group.x * each, octets);
  return Run(first + invocation.local, min(first + each, octets));
}
