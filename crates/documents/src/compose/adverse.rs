//! The notice of adverse action, after the model forms C-1 to C-3 of Regulation B, appendix C.

use super::{Head, fact, heading, text};
use crate::model::{AdverseAction, ReportingAgency, ScoreDisclosure};
use crate::sheet::{Block, Figure, Sheet};
use crate::words::{day, long_day};

pub fn sheet(it: &AdverseAction) -> Sheet {
    let mut blocks = vec![
        text(format!("Dear {},", it.applicant.name)),
        text(format!(
            "Thank you for your application of {} for {}. We considered it carefully. Based on your application, we \
             must inform you that we are unable to extend credit to you at this time.",
            long_day(it.applied_on),
            it.applied_for
        )),
        heading("Principal reasons for our decision"),
        Block::Points(it.reasons.clone()),
    ];
    if let Some(agency) = &it.agency {
        report(agency, &mut blocks);
    }
    if let Some(score) = &it.score {
        scored(score, it.agency.as_ref(), &mut blocks);
    }
    blocks.push(text(format!(
        "If you have any questions regarding this notice, contact {}: {}.",
        it.institution.name, it.creditor.contact
    )));
    if !it.creditor.supervisor.is_empty() {
        blocks.push(equal_credit(&it.creditor.supervisor));
    }
    let head = Head {
        title: "Notice of action taken",
        subtitle: format!("On your application for {}", it.applied_for),
        institution: &it.institution,
        party: &it.applicant,
        particulars: vec![("Application", it.reference.clone()), ("Date", long_day(it.issued_on))],
        running: format!("Application {}", it.reference),
        issued_on: it.issued_on,
        identity: format!("adverse-action/{}/{}", it.reference, it.issued_on),
    };
    head.with(blocks)
}

/// The text that 12 CFR 1002.9(b)(1) prescribes in the United States.
fn equal_credit(supervisor: &str) -> Block {
    Block::Notice(
        "Notice under the Equal Credit Opportunity Act".to_owned(),
        format!(
            "The Federal Equal Credit Opportunity Act prohibits creditors from discriminating against credit \
             applicants on the basis of race, color, religion, national origin, sex, marital status, age (provided \
             the applicant has the capacity to enter into a binding contract); because all or part of the applicant's \
             income derives from any public assistance program; or because the applicant has in good faith exercised \
             any right under the Consumer Credit Protection Act. The Federal agency that administers compliance with \
             this law concerning this creditor is {supervisor}."
        ),
    )
}

fn report(agency: &ReportingAgency, blocks: &mut Vec<Block>) {
    blocks.push(heading("Information from a consumer reporting agency"));
    blocks.push(text(
        "Our credit decision was based in whole or in part on information obtained in a report from the consumer \
         reporting agency listed below. You have a right under the Fair Credit Reporting Act to know the information \
         contained in your credit file at the consumer reporting agency. The reporting agency played no part in our \
         decision and is unable to supply specific reasons why we have denied credit to you. You also have a right to a \
         free copy of your report from the reporting agency, if you request it no later than 60 days after you receive \
         this notice. In addition, if you find that any information contained in the report you receive is inaccurate \
         or incomplete, you have the right to dispute the matter with the reporting agency.",
    ));
    blocks.push(Block::Facts(vec![
        fact("Agency", agency.name.clone()),
        fact("Address", agency.address.join(", ")),
        fact("Toll-free telephone", agency.phone.clone()),
    ]));
}

fn scored(score: &ScoreDisclosure, agency: Option<&ReportingAgency>, blocks: &mut Vec<Block>) {
    blocks.push(heading("Your credit score"));
    let from = agency.map_or("a consumer reporting agency", |agency| agency.name.as_str());
    blocks.push(text(format!(
        "We also obtained your credit score from {from} and used it in making our credit decision. Your credit score is a \
         number that reflects the information in your consumer report. Your credit score can change, depending on how \
         the information in your consumer report changes.",
    )));
    blocks.push(Block::Figures(vec![
        Figure::new("Your credit score", score.score.to_string(), &score.source).main(),
        Figure::new("Scores range", format!("{} – {}", score.lowest, score.highest), "from a low to a high"),
        Figure::new("Date", day(score.made_on), "on which it was created"),
    ]));
    blocks.push(text("Key factors that adversely affected your credit score:"));
    blocks.push(Block::Points(score.factors.clone()));
}
