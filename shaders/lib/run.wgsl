// The octets [begin, end) of one workgroup. They are neighbours: a software adapter carries a few invocations to their end
// before it begins the next few, and walks through memory that way.
struct Run {
  begin: u32,
  end: u32,
}

fn run_of(group: u32, groups: u32) -> Run {
  let octets = params[OCTETS];
  let rows = (octets + WORKGROUP - 1u) / WORKGROUP;
  let each = (rows + groups - 1u) / groups * WORKGROUP;
  let begin = min(group * each, octets);
  return Run(begin, min(begin + each, octets));
}
