//! scratch
use rankine::*;
use rankine_design::Source;
use std::path::Path;
use std::time::Instant;
struct P(std::sync::Mutex<Option<(String,Instant)>>);
impl Progress for P {
 fn begin(&self, w:&str,_t:Option<u64>){ self.end(); *self.0.lock().unwrap()=Some((w.to_owned(),Instant::now())); }
 fn advance(&self,_:u64){}
 fn end(&self){ if let Some((w,t))=self.0.lock().unwrap().take(){ eprintln!("{:6.2}s {w}", t.elapsed().as_secs_f64()); } }
}
fn main(){
  let args:Vec<String>=std::env::args().collect();
  let mut sources=vec![Source::new("design",std::fs::read_to_string("/tmp/design.toml").unwrap())];
  if args.len()>3 { sources.push(Source::new("map",std::fs::read_to_string(&args[3]).unwrap())); }
  let c=clarify::clarify(&sources);
  eprintln!("{}", rankine_design::render(&c.findings,&sources,false,90));
  let problem=c.problem.unwrap();
  let p=P(Default::default());
  let world=rankine_world::World::new(&serde_json::from_str(&std::env::var("W").unwrap_or("{}".into())).unwrap(),args[2].parse().unwrap());
  let data=if args[1]=="world" { 
    let mut s=String::new(); let t=Instant::now(); world.log(&mut |l|{l.write_json(&mut s); s.push('\n');}); let n=format!("/tmp/world-{}.jsonl",std::process::id()); std::fs::write(&n,s).unwrap(); eprintln!("world {:?}",t.elapsed()); n } else { args[1].clone() };
  let t=Instant::now();
  let d=prepare::prepare(&problem,Path::new(&data),&p).unwrap();
  eprintln!("prepare {:?} {:#?}",t.elapsed(), d.profile.notes);
  eprintln!("{} requests {} pos {:.3} rate head {:.3} periods {:?}", d.profile.requests,d.profile.positives,d.profile.label_rate,d.profile.head_share,d.profile.periods);
  let j=select::Judges{world:&world,visits:400};
  let f=std::env::temp_dir().join("road");
  let m=|_b:&Path,_l:&select::Load|{ Ok(select::Measured{latency_ms:select::Percentiles{p50:1.0,p99:1.0},memory_bytes:0,train_seconds:0.0,requests:0,per_second:0.0})};
  let s=select::select(&problem,&d,1,&f,&m,if args[1]=="world"{Some(&j)}else{None},&p).unwrap();
  for (q,w) in s.quality.iter().zip(&s.watched) { eprintln!("{:14} {:?}",q.name,q.metrics.iter().map(|(k,v)|format!("{k} {:.4} [{:.4},{:.4}]",v.value,v.low.unwrap_or(0.),v.high.unwrap_or(0.))).collect::<Vec<_>>()); eprintln!("   {:?} {:?} {:?}", w.measured, w.why_not, q.tried.trials); eprintln!("   {:?}", &q.importance[..q.importance.len().min(12)]); eprintln!("  {:?}",q.slices); }
  eprintln!("{:?}",s.verdict); for o in s.online.map(|o|o.results).unwrap_or_default(){eprintln!("{} {:?}",o.name,o.per_visit);}
}
